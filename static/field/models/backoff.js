// How long to wait before asking a server again that could not be reached.

const FIRST_MS = 2_000;
const LONGEST_MS = 120_000;
const LONGEST_ASKED_MS = 3_600_000;

/** The wait after the nth failure in a row (n ≥ 1): doubled each time, and half of it chance, so that fifty phones
 * that come back after an outage do not ask in step. */
export function waitMs(failures, chance = Math.random()) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest * (0.5 + chance / 2));
}

/** What a Retry-After header asks for in milliseconds, at most an hour; null where there is none to be read. */
export function retryAfterMs(header, now = Date.now()) {
  if (!header) return null;
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_ASKED_MS) : null;
}
