// One question to the server, and what its answers mean for the queue.

import { retryAfterMs } from "./backoff.js";

export const ANSWER_MS = 60_000;
const SLOWEST_BYTES_PER_MS = 2; // a village's 2 KB/s
export const GOOD_BYTES_PER_MS = 50; // below it a line that was taken for a good one is none

/** The whole queue has to wait. reason: offline, captive, busy, full, signed_out, forbidden, unsigned; disabled (the rest
 * is sealed at the office), unproven (disabled, and not known to be this person's phone), unsealable (no key to seal for). */
export class Pause extends Error {
  constructor(reason, retryAfter = null, message = "") {
    super(message || reason);
    Object.assign(this, { reason, retryAfter });
  }
}

/** This one record can't be taken; the others can. state: "refused" or "conflict". */
export class Unacceptable extends Error {
  constructor(state, message, fields = {}) {
    super(message);
    Object.assign(this, { state, fields });
  }
}

/** How long to wait for the answer to so many bytes. */
export function patienceMs(bytes, bytesPerMs = SLOWEST_BYTES_PER_MS) {
  return ANSWER_MS + Math.ceil(bytes / bytesPerMs);
}

/**
 * { status, body, headers } of an answer that `accepts(status, body)`: unless told otherwise, a success in JSON.
 * Throws Pause or Unacceptable for every other, and Pause("offline") for none.
 */
export async function ask(fetch, path, { timeoutMs = ANSWER_MS, accepts = isPlain, ...options } = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(timeoutMs), ...options });
  } catch {
    throw new Pause("offline");
  }
  const body = await answer.json().catch(() => null);
  return judged(answer.status, body, answer.headers, accepts);
}

/** The same for an answer that was read already; `body` is null where it was no JSON. */
export function judged(status, body, headers, accepts = isPlain) {
  if (accepts(status, body)) return { status, body, headers };
  const retryAfter = retryAfterMs(headers.get("Retry-After"));
  if (typeof body?.error !== "string" || typeof body.message !== "string") throw new Pause(status >= 500 ? "busy" : "captive", retryAfter);
  throw fault(status, body, retryAfter);
}

function isPlain(status, body) {
  return status < 300 && body !== null && typeof body === "object";
}

const PAUSES = { 401: "signed_out", 403: "forbidden", 408: "busy", 425: "busy", 429: "busy", 507: "full" };

function fault(status, body, retryAfter) {
  const reason = PAUSES[status] ?? (status >= 500 ? "busy" : null);
  if (reason) return new Pause(reason, retryAfter, body.message);
  return new Unacceptable(status === 409 ? "conflict" : "refused", body.message, body.fields ?? {});
}
