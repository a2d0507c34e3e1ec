// The way that a walk went. While the position settles every fix is kept; later one from each half minute, the best of
// it, so that neither the battery nor the disk feels it.

import { withFix } from "./fixes.js";

const SETTLING_MS = 120_000;
const EVERY_MS = { settling: 5_000, walking: 30_000 };

/** The track with a fix taken in, or null where it adds nothing. */
export function withStep(track, fix, startedAt) {
  const last = track.at(-1);
  if (!last) return [fix];
  const isSettling = Date.parse(fix.at) - Date.parse(startedAt) < SETTLING_MS;
  const isDue = Date.parse(fix.at) - Date.parse(last.at) >= (isSettling ? EVERY_MS.settling : EVERY_MS.walking);
  if (isDue) return withFix(track, fix);
  if (radius(fix) >= radius(last)) return null;
  return isSettling ? withFix(track, fix) : [...track.slice(0, -1), fix];
}

function radius(fix) {
  return fix.accuracy_m ?? Infinity;
}
