// Where a finished record stands: whether the server has it, whether somebody has to look at it, what became of its files.

// "left": of two records under one id, the server has both, and the officer leaves it to the office.
const SENT = new Set(["received", "replaced", "left"]);
const REFUSED = new Set(["refused", "conflict"]);
const AT_THE_OFFICE = new Set(["held", "taken", "rejected"]);

/** Where a draft goes on. */
export function draftAddress({ id, form, site_report }) {
  if (form === "visit") return `/m/visit/${id}`;
  if (form === "tip") return `/m/tips/new?draft=${id}`;
  return site_report ? `/m/sites/new?draft=${id}` : `/m/check/${id}`;
}

/** Not with the server in full yet, whether it can still be sent or somebody has to look at it. */
export function isUnsent(record) {
  return !SENT.has(record.state);
}

/** The server will not have it as it is. */
export function isRefused(record) {
  return REFUSED.has(record.state);
}

/** Needs a person: refused, a conflict, or a photo that can't be sent. */
export function isStuck(record) {
  return isRefused(record) || Boolean(record.problem);
}

/** Sealed at the office, whatever it decides: this record is not lost with the phone. */
export function isSealed({ sealed }) {
  return AT_THE_OFFICE.has(sealed?.state);
}

/** The files of a record with what became of each: "missing", "received", "damaged" or "refused", and why. */
export function filesWithFate(record) {
  const { received = [], refused = [], damaged = [] } = record.receipt ?? {};
  const why = new Map([...refused, ...damaged].map(({ sha256, message }) => [sha256, message]));
  const [no, bad, yes] = [new Set(hashes(refused)), new Set(hashes(damaged)), new Set(received)];
  return record.files.map((file) => {
    const { sha256 } = file;
    const fate = no.has(sha256) ? "refused" : bad.has(sha256) ? "damaged" : yes.has(sha256) ? "received" : "missing";
    return { ...file, fate, message: why.get(sha256) ?? "" };
  });
}

/** { done, total } of the files, by the last receipt and what was sent since. */
export function progress(record) {
  const sent = new Set(record.sent ?? []);
  const done = filesWithFate(record).filter(({ fate, sha256 }) => fate !== "missing" || sent.has(sha256)).length;
  return { done, total: record.files.length };
}

function hashes(named) {
  return named.map(({ sha256 }) => sha256);
}
