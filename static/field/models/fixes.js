// The positions a phone reports while it settles: all are kept, the best is shown. The rules of grades and of
// "best" are those of geo/fixes on the server, word for word, so that the officer sees the grade the office will see.

import { metresBetween } from "../../helpers/distance.js";

const FRESH_MS = 30_000;
const RECENT_MS = 600_000;
const AHEAD_MS = 5_000;
const FINE_M = 20;
const FAIR_M = 65;
const COARSE_M = 1_000;
const DAY_MS = 86_400_000;
const KEPT = 600;

/** A browser's GeolocationPosition as a fix, or null where it says nothing: no numbers, out of range, or 0, 0. */
export function fixFrom(position, now = Date.now()) {
  const { longitude: lon, latitude: lat, accuracy } = position?.coords ?? {};
  const possible = Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
  if (!possible || (lon === 0 && lat === 0)) return null;
  const stamped = Number(position.timestamp);
  // Some browsers count from another year than 1970; then the moment of arrival is nearer the truth.
  const at = Math.abs(stamped - now) < DAY_MS ? stamped : now;
  const accuracyM = Number.isFinite(accuracy) && accuracy > 0 ? accuracy : null;
  return { at: new Date(at).toISOString(), lon, lat, accuracy_m: accuracyM, source: "fix" };
}

/** Of the phone's fixes younger than 30 s the one with the smallest radius; of equals the latest. Null if none. */
export function best(fixes, now = Date.now()) {
  const fresh = fixes.filter((fix) => fix.source === "fix" && isYounger(fix, now, FRESH_MS));
  return fresh.reduce((chosen, fix) => (chosen === null || isBetter(fix, chosen) ? fix : chosen), null);
}

/** The latest fix no older than 10 min: what is left when the signal is lost on the way in. */
export function lastKnown(fixes, now = Date.now()) {
  const recent = fixes.filter((fix) => isYounger(fix, now, RECENT_MS));
  return recent.reduce((chosen, fix) => (chosen === null || Date.parse(fix.at) >= Date.parse(chosen.at) ? fix : chosen), null);
}

/** A: within 20 m and 30 s · B: 65 m and 30 s · C: 1 km and 10 min, or a place picked by hand · D: anything less. */
export function grade(fix, now = Date.now()) {
  if (!fix || !isYounger(fix, now, RECENT_MS)) return "D";
  if (fix.source === "map" || fix.source === "qr") return "C";
  const metres = radius(fix);
  if (fix.source !== "fix" || metres > COARSE_M) return "D";
  if (metres > FAIR_M || !isYounger(fix, now, FRESH_MS)) return "C";
  return metres <= FINE_M ? "A" : "B";
}

/** Whether the whole circle of a fix is within `radiusM` of a place: "inside", "outside" or "cannot_tell". */
export function fence(fix, place, radiusM) {
  if (!fix?.accuracy_m || !place) return "cannot_tell";
  const away = metresBetween([fix.lon, fix.lat], place);
  if (away + fix.accuracy_m <= radiusM) return "inside";
  return away - fix.accuracy_m > radiusM ? "outside" : "cannot_tell";
}

/** The series with one more; a long one is thinned in its older half, but never loses its most accurate fix. */
export function withFix(fixes, fix) {
  const longer = [...fixes, fix];
  if (longer.length <= KEPT) return longer;
  const finest = longer.reduce((chosen, each) => (radius(each) < radius(chosen) ? each : chosen));
  return longer.filter((each, index) => index >= KEPT / 2 || index % 2 === 0 || each === finest);
}

/** Calls `onFix` with each fix and `onFault` with "denied", "unavailable" or "timeout"; returns what stops it. */
export function watch(geolocation, onFix, onFault = () => {}) {
  if (!geolocation) {
    onFault("unavailable");
    return () => {};
  }
  const arrived = (position) => {
    const fix = fixFrom(position);
    if (fix) onFix(fix);
    else onFault("unavailable");
  };
  const failed = ({ code }) => onFault({ 1: "denied", 3: "timeout" }[code] ?? "unavailable");
  const id = geolocation.watchPosition(arrived, failed, { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 });
  return () => geolocation.clearWatch(id);
}

function isBetter(fix, than) {
  return radius(fix) < radius(than) || (radius(fix) === radius(than) && Date.parse(fix.at) > Date.parse(than.at));
}

function isYounger(fix, now, limit) {
  const age = now - Date.parse(fix.at);
  return age >= -AHEAD_MS && age < limit;
}

function radius(fix) {
  return fix.accuracy_m ?? Infinity;
}
