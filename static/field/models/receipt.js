// Whether an answer is a receipt. A 200 by itself proves nothing: the login page of a hotel says 200 too.

/** Does this JSON acknowledge exactly this record: its id, its bytes, and each file of its manifest by hash? */
export function isReceipt(receipt, record) {
  if (receipt?.check !== record.id || receipt.record_sha256 !== record.sha256) return false;
  const lists = [receipt.received, receipt.missing, receipt.refused, receipt.damaged];
  if (!lists.every(Array.isArray) || !Number.isFinite(Date.parse(receipt.received_at))) return false;
  const named = new Set([...receipt.received, ...receipt.missing, ...hashes(receipt.refused)]);
  if (!record.files.every((file) => named.has(file.sha256))) return false;
  if (receipt.state === "received") return receipt.missing.length === 0 && Number.isFinite(Date.parse(receipt.completed_at));
  return receipt.state === "incomplete";
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
