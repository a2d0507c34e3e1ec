// Facts as they are entered on the phone, held against the limits that the server holds them against
// (inspections/rules/facts.py, observing.py): a vector of cases is read by the tests of both.
//
// draft.observations: [{ id, subject, day, about, given }], given: what was typed, by the names of the fields. It stays
// as it was typed, right or wrong.

import { t } from "../../helpers/i18n.js";
import { day as dayOf } from "../../helpers/time.js";
import { uuid7 } from "./uuid7.js";

export const NOTHING = "-"; // of a list: known to be empty

export function groupsOf(draft) {
  return draft.observations ?? [];
}

/** The draft with one more group of facts, and its id. */
export function withGroup(draft, subject, now = new Date()) {
  const group = { id: uuid7(now.getTime()), subject, day: "", about: "", given: {} };
  return [{ ...draft, observations: [...groupsOf(draft), group], updated_at: now.toISOString() }, group.id];
}

export function withoutGroup(draft, id, now = new Date()) {
  return { ...draft, observations: groupsOf(draft).filter((group) => group.id !== id), updated_at: now.toISOString() };
}

/** `changes`: day or about; `given`: fields. */
export function grouped(draft, id, changes, given = {}, now = new Date()) {
  const change = (group) => ({ ...group, ...changes, given: { ...group.given, ...given } });
  return { ...draft, observations: groupsOf(draft).map((group) => (group.id === id ? change(group) : group)), updated_at: now.toISOString() };
}

/** { facts, wrong }: what is known in plain form, and by field what can't be. `limits` is `bundle.factForms`. */
export function readGroup(group, form, limits, visited = new Date()) {
  const [facts, wrong] = [{}, {}];
  for (const field of form.fields) {
    const typed = clean(group.given[field.name]);
    if (isEmpty(typed)) continue;
    const value = READ[field.kind](typed, field);
    if (value === undefined) wrong[field.name] = wrongWords(field);
    else facts[field.name] = value;
  }
  const visitedOn = dayOf(visited);
  const day = group.day.trim() || visitedOn;
  Object.assign(wrong, wrongDay(day, visitedOn, limits), wrongAbout(group.about, limits));
  if (!Object.keys(wrong).length) Object.assign(wrong, contradictions(form, facts, day));
  return { facts, wrong };
}

/** As they stand in the record; an empty group is left out. `forms` are `bundle.factForms`. */
export function observationLines(draft, forms) {
  return groupsOf(draft).flatMap((group) => {
    const form = forms?.subjects.find(({ subject }) => subject === group.subject);
    const { facts } = form ? readGroup(group, form, forms) : { facts: group.given };
    const { id, subject, day, about } = group;
    const written = Object.entries(facts).map(([name, value]) => [name, Array.isArray(value) && !value.length ? [NOTHING] : value]);
    return written.length ? [{ id, subject, day: day || null, about: about.trim(), facts: Object.fromEntries(written) }] : [];
  });
}

/** Groups from the lines of a record that comes back to be mended. */
export function groupsFrom(lines) {
  return (lines ?? []).map(({ id, subject, day, about, facts }) => ({ id, subject, day: day ?? "", about: about ?? "", given: { ...facts } }));
}

/** What is not there yet, as draft.js says it: what the server could not take in. */
export function missingFacts(draft, forms) {
  return groupsOf(draft).flatMap((group) => {
    const form = forms?.subjects.find(({ subject }) => subject === group.subject);
    if (!form) return [];
    const { facts, wrong } = readGroup(group, form, forms);
    const step = stepOf(group);
    const name = [form.label, group.about.trim()].filter(Boolean).join(" · ");
    const words = Object.values(wrong);
    if (words.length) return [{ step, blocks: true, text: t("{name}：{words}", { name, words: words[0] }) }];
    return Object.keys(facts).length ? [] : [{ step, blocks: true, text: t("{name}：请至少填写一项事实，或者删掉这一组", { name }) }];
  });
}

export function stepOf({ id }) {
  return `fact-${id}`;
}

const READ = {
  number: (typed, { low, high }) => within(/^[+]?\d{1,9}$/.test(typed) ? Number(typed) : undefined, low, high),
  sum: (typed, { high }) => within(/^[+]?\d{1,10}(\.\d{1,2})?$/.test(typed) ? Number(typed) : undefined, 0, high),
  time: (typed) => clockOf(typed),
  day: (typed) => (isDay(typed) ? typed : undefined),
  yes_no: (typed) => (typeof typed === "boolean" ? typed : undefined),
  word: (typed, { words }) => (words.some(([value]) => value === typed) ? typed : undefined),
  words: (typed, { words }) => listed(typed, words),
};

/** People type the wide digits and colons of their own keyboard. */
function clean(value) {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.normalize("NFKC").trim() : value;
}

function isEmpty(value) {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);
}

function within(value, low, high) {
  return value === undefined || value < low || value > high ? undefined : value;
}

/** "20:30", also typed as 2030 on a keypad without a colon. */
function clockOf(typed) {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(typed) ?? /^(\d{1,2})(\d{2})$/.exec(typed) ?? [];
  return hours === undefined || Number(hours) > 23 || Number(minutes) > 59 ? undefined : `${hours.padStart(2, "0")}:${minutes}`;
}

function isDay(typed) {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(typed) ? new Date(`${typed}T00:00Z`) : null;
  return at !== null && Number.isFinite(at.getTime()) && at.toISOString().startsWith(typed);
}

function listed(typed, words) {
  const values = Array.isArray(typed) ? typed.filter((value) => value !== NOTHING) : null;
  return values?.every((each) => words.some(([value]) => value === each)) ? [...new Set(values)].sort() : undefined;
}

function wrongWords({ kind, low, high }) {
  if (kind === "number") return t("请填 {low} 到 {high} 之间的整数", { low, high: high.toLocaleString("en") });
  if (kind === "sum") return t("请填不小于 0 的金额，单位元，最多两位小数");
  if (kind === "time") return t("没有这个时间，请按 24 小时制填写，例如 20:30");
  return kind === "day" ? t("请填写日期，例如 2026-03-09") : t("不是可选的值，请重新选择");
}

function wrongDay(day, visitedOn, { earliest }) {
  if (!isDay(day)) return { day: t("请填写日期，例如 2026-03-09") };
  if (day > visitedOn) return { day: t("事实的日期不能晚于检查当天（{day}）", { day: visitedOn }) };
  return day < earliest && day !== visitedOn ? { day: t("日期太早，请核对") } : {};
}

function wrongAbout(about, { longest_about: limit }) {
  return [...about.trim()].length > limit ? { about: t("太长了，请缩短到 {limit} 个字以内", { limit }) } : {};
}

function contradictions({ bounds, fields }, facts, day) {
  const wrong = {};
  for (const { how, fact, others } of bounds) {
    const [value, ...rest] = [fact, ...others].map((name) => facts[name]);
    const against = value !== undefined && !rest.includes(undefined) && AGAINST[how](value, rest);
    if (against) wrong[fact] = against;
  }
  for (const { name, kind } of fields) {
    if (kind === "day" && facts[name] > day) wrong[name] = t("批准日期晚于事实的日期（{day}），请核对", { day });
  }
  return wrong;
}

const AGAINST = {
  after: (value, [starts]) => value <= starts && t("结束时间不晚于开始时间（{starts}），请核对", { starts }),
  within: (value, [starts, ends]) => minutes(ends) > minutes(starts) && value > minutes(ends) - minutes(starts) && t("一课时比从 {starts} 到 {ends} 还长，请核对", { starts, ends }),
  at_most: (value, [n]) => value > n && t("比教学人员总数（{n} 人）还多，请核对", { n }),
};

function minutes(text) {
  const [hours, rest] = text.split(":");
  return Number(hours) * 60 + Number(rest);
}
