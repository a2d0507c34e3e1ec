// How much room the browser leaves us. A photo may not take the last of it: what is written must still fit.

const RESERVE_BYTES = 6_000_000;
const SMALL_BYTES = 256 * 1024;
const LOW_BYTES = 60_000_000;

/** Bytes that are left, null where the browser doesn't say. */
export async function roomLeft(storage = globalThis.navigator?.storage) {
  const { usage, quota } = (await storage?.estimate?.().catch(() => null)) ?? {};
  return Number.isFinite(quota) ? Math.max(0, quota - (usage ?? 0)) : null;
}

/** Rejects with QuotaExceededError where so many bytes would leave no room for text. */
export async function mustHaveRoom(bytes, storage) {
  if (bytes < SMALL_BYTES) return;
  const left = await roomLeft(storage);
  if (left !== null && left < bytes + RESERVE_BYTES) throw new DOMException("too little room", "QuotaExceededError");
}

export function isLow(left) {
  return left !== null && left < LOW_BYTES;
}
