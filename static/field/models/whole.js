// A check in one request, for a good line: the record, then its files, each a frame with its hash and its size.

import { packed } from "./frames.js";
import { sha256 } from "./sha256.js";

export const WHOLE = { path: "/api/v1/checks/whole", type: "application/vnd.mingcha.check" };
const MOST_BYTES = 16 * 1024 * 1024; // what a phone holds in memory without pain, and sends again without anger

/** The body for a check and its files, a Blob; null where they are none or too many, or where one can't be read. */
export async function wholeOf(store, record, files) {
  const size = files.reduce((sum, file) => sum + file.size, record.bytes.byteLength);
  if (!files.length || size > MOST_BYTES) return null;
  const frames = [...frame(record.sha256, record.bytes)];
  for (const file of files) {
    const bytes = await store.photo(file.id);
    if (!bytes || (await sha256(bytes)) !== file.sha256) return null;
    frames.push(...frame(file.sha256, bytes));
  }
  return new Blob(frames, { type: WHOLE.type });
}

function frame(sha, bytes) {
  return [packed({ sha256: sha, size: bytes.byteLength }), bytes];
}
