// What the planning map reckons with, without a page: orders, filters, words for numbers.

import { t } from "../../helpers/i18n.js";

/** The ids of stops after one was moved by some places; the same order where it can't go further. */
export function moved(ids, id, by) {
  const from = ids.indexOf(id);
  const to = Math.max(0, Math.min(ids.length - 1, from + by));
  if (from < 0 || from === to) return ids;
  const order = ids.filter((each) => each !== id);
  order.splice(to, 0, id);
  return order;
}

/** 0 unknown, 1 to 3: how the risk of a site is shown. */
export function riskLevel(probability) {
  if (probability === null || probability === undefined) return 0;
  if (probability >= 0.5) return 3;
  return probability >= 0.25 ? 2 : 1;
}

const ORDERS = {
  risk: (a, b) => (b.probability ?? -1) - (a.probability ?? -1),
  hours: (a, b) => (b.likely?.inside ?? -1) - (a.likely?.inside ?? -1),
  visit: (a, b) => (a.last_visit || "").localeCompare(b.last_visit || ""),
  name: (a, b) => a.name.localeCompare(b.name, "zh"),
};

/** Candidates as the list shows them. `words`: all of them must stand in name or place. */
export function shownCandidates(candidates, { order = "risk", words = "", only = false } = {}) {
  const asked = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return candidates
    .filter(({ name, where }) => asked.every((word) => `${name} ${where}`.toLowerCase().includes(word)))
    .filter(({ on_plan, against }) => !only || (!on_plan && !against))
    .sort((a, b) => ORDERS[order](a, b) || a.name.localeCompare(b.name, "zh"));
}

/** Which of them may be added at once: neither on the plan, nor dropped, nor held back. */
export function addable(candidates) {
  return candidates.filter(({ on_plan, dropped, against }) => !on_plan && !dropped && !against);
}

export function percent(share) {
  return `${Math.round(100 * share)}%`;
}

/** 是平时的 2.1 倍 */
export function timesUsual(rate) {
  return t("是平时的 {n} 倍", { n: rate.toFixed(1) });
}

/** How hours fit a site: ok, due or problem, with words. Nothing for a site whose hours aren't known. */
export function hoursWords(likely) {
  if (!likely) return null;
  const kind = likely.inside >= 0.3 ? "ok" : likely.inside >= 0.12 ? "due" : "problem";
  const best = t("最可能 {start}:00–{end}:00", { start: likely.start, end: likely.end });
  return { kind, text: t("行动时段占当天 {percent}", { percent: percent(likely.inside) }), best };
}

/** Hour by hour, which part of a day's hours a sweep is on: for the strip of a site. */
export function hoursOn(startsAt, endsAt) {
  const china = (moment) => new Date(moment).getTime() / 3_600_000 + 8;
  const [from, until] = [china(startsAt), china(endsAt)];
  const midnight = Math.floor(from / 24) * 24;
  return Array.from({ length: 24 }, (_, hour) => Math.max(0, Math.min(until, midnight + hour + 1) - Math.max(from, midnight + hour)));
}

/** A moment typed as 2026-11-27T19:30 in China, as an aware one; null for nothing. */
export function moment(typed) {
  return typed ? `${typed}:00+08:00` : null;
}

/** The time of day typed for a stop, on the day of the sweep or, after midnight, on the next. */
export function onSweepDay(clock, startsAt) {
  if (!clock) return null;
  const start = new Date(new Date(startsAt).getTime() + 8 * 3_600_000);
  const isNext = clock < start.toISOString().slice(11, 16);
  const day = new Date(start.getTime() + (isNext && Number(clock.slice(0, 2)) < 8 ? 86_400_000 : 0));
  return moment(`${day.toISOString().slice(0, 10)}T${clock}`);
}

/** Groups of stops that are entered at once, by the name of their link. */
export function linkGroups(stops) {
  const groups = new Map();
  for (const stop of stops) if (stop.link) groups.set(stop.link, [...(groups.get(stop.link) ?? []), stop]);
  return groups;
}

/** Names of links as letters that a person says: the first on the plan is A. */
export function linkLetters(stops) {
  return new Map([...linkGroups(stops).keys()].map((link, n) => [link, String.fromCharCode(65 + (n % 26))]));
}
