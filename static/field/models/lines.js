// What a team says during a sweep: lines for the journal of that night. Each has its id, its moment and its place from
// the phone, so that it can be sent late and twice and still counts once.

import { uuid7 } from "./uuid7.js";

/** How long a line can be taken back before it leaves. A call for support doesn't wait. */
export const HOLD_MS = 8_000;
const AT_ONCE = new Set(["support", "on_duty", "off_duty"]);
const WORDS_MOST = 500;
const FIX_MS = 120_000;

/**
 * A line as the server reads it (inspections/sweeps/lines.py). `fix`: where the phone is, if it knows; one older than two
 * minutes says nothing. `offsetMs`: the server's clock less the phone's, null while unknown.
 */
export function newLine({ sweepId, kind, stopId = null, words = "", fix = null, offsetMs = null, now = Date.now(), ...more }) {
  const place = fix && now - Date.parse(fix.at) < FIX_MS ? { at: fix.at, lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m ?? null } : null;
  const said = { id: uuid7(now), sweep_id: sweepId, kind, stop_id: stopId, at: new Date(now).toISOString(), clock_offset_ms: offsetMs, words: words.trim().slice(0, WORDS_MOST), fix: place };
  return { ...said, ...more };
}

/** The line as it is kept: with where it stands, and in the order in which it was said, whatever the clock does. */
export function kept(line, sequence, now = Date.now()) {
  return { id: line.id, sweep_id: line.sweep_id, sequence, line, made_at: now, state: "waiting", message: "" };
}

/** Whether it can still be taken back without anybody having heard of it. */
export function isHeld({ line, made_at, state }, now = Date.now()) {
  const age = now - made_at;
  return state === "waiting" && !AT_ONCE.has(line.kind) && age >= 0 && age < HOLD_MS;
}

/** What is to be sent now, in order: nothing overtakes a line that is held, except what doesn't wait. */
export function due(all, now = Date.now()) {
  const waiting = all.filter(({ state }) => state === "waiting").sort((a, b) => a.sequence - b.sequence);
  const first = waiting.findIndex((each) => isHeld(each, now));
  return waiting.filter((each, place) => first < 0 || place < first || AT_ONCE.has(each.line.kind));
}

/** In how many milliseconds something held becomes due; Infinity where nothing is held. */
export function dueIn(all, now = Date.now()) {
  return Math.min(Infinity, ...all.filter((each) => isHeld(each, now)).map(({ made_at }) => made_at + HOLD_MS - now));
}

/** What a line is after the server has answered for it: { state, message, marks }. */
export function settled({ outcome, message = "", fields = {}, marks = [] }) {
  if (outcome === "new" || outcome === "same") return { state: "heard", message: "", marks };
  if (outcome === "not_yet") return { state: "waiting", message: "", marks };
  const why = [...Object.values(fields), message].find(Boolean) ?? "";
  return { state: outcome === "beside" ? "beside" : "refused", message: why, marks };
}
