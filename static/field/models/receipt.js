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

/** The same of a walk, which has no files. */
export function isVisitReceipt(receipt, record) {
  return receipt?.visit === record.id && receipt.record_sha256 === record.sha256 && receipt.state === "received" && Number.isFinite(Date.parse(receipt.received_at));
}

function hashes(named) {
  return named.map(({ sha256 }) => sha256);
}
