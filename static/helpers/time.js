// Instants come as ISO text, Date or milliseconds; people read them in Asia/Shanghai, whatever the phone is set to.

import { t } from "./i18n.js";

const ZONE = "Asia/Shanghai";
const MINUTE = 60_000;
const DAY = 86_400_000;
const AHEAD = 8 * 3_600_000;
// Since then Shanghai has had no summer time, and its clocks need no table of time zones: asking for one takes a slow
// phone longer than to draw a screen.
const PLAIN_SINCE = Date.UTC(1992);
const PLAIN_UNTIL = Date.UTC(9999);
let format = null;

/** "2026-03-09" */
export function day(instant) {
  const { year, month, day: date } = parts(instant);
  return `${year}-${month}-${date}`;
}

/** "14:05" */
export function clock(instant) {
  const { hour, minute } = parts(instant);
  return `${hour}:${minute}`;
}

/** "2026-03-09 14:05" */
export function dayAndClock(instant) {
  return `${day(instant)} ${clock(instant)}`;
}

/** 刚刚 · 5 分钟前 · 3 小时前 · 昨天 14:05 · 3 天前 · 2026-03-09. The future is written as its date. */
export function ago(instant, now = Date.now()) {
  const minutes = Math.floor((now - milliseconds(instant)) / MINUTE);
  if (minutes < 0) return minutes >= -1 ? t("刚刚") : dayAndClock(instant);
  if (minutes < 1) return t("刚刚");
  if (minutes < 60) return t("{n} 分钟前", { n: minutes });
  const days = daysBetween(instant, now);
  if (days === 0) return t("{n} 小时前", { n: Math.floor(minutes / 60) });
  if (days === 1) return t("昨天 {clock}", { clock: clock(instant) });
  return days <= 30 ? t("{n} 天前", { n: days }) : day(instant);
}

/** 今天到期 · 还有 3 天 · 逾期 2 天, by calendar days. */
export function due(instant, now = Date.now()) {
  const days = daysBetween(now, instant);
  if (days === 0) return t("今天到期");
  return days > 0 ? t("还有 {n} 天", { n: days }) : t("逾期 {n} 天", { n: -days });
}

/** Midnights in Shanghai between two instants; negative when `to` is the earlier day. */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${day(to)}T00:00Z`) - Date.parse(`${day(from)}T00:00Z`)) / DAY);
}

/** The hour of the day in Shanghai, 0 to 23. */
export function hour(instant) {
  return Number(parts(instant).hour);
}

function parts(instant) {
  const at = milliseconds(instant);
  if (at < PLAIN_SINCE || at > PLAIN_UNTIL) return partsByTable(at);
  const [year, month, day, hour, minute] = new Date(at + AHEAD).toISOString().split(/[-T:]/);
  return { year, month, day, hour, minute };
}

function partsByTable(at) {
  format ??= new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

function milliseconds(instant) {
  const value = typeof instant === "string" ? Date.parse(instant) : Number(instant);
  if (!Number.isFinite(value)) throw new RangeError(`not a time: ${instant}`);
  return value;
}
