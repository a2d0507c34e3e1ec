import assert from "node:assert/strict";
import { test } from "node:test";

import { addable, hoursOn, hoursWords, linkLetters, moment, moved, onSweepDay, riskLevel, shownCandidates } from "../../static/desk/sweep/plan-model.js";

const STARTS = "2026-11-27T18:30:00+08:00";

test("a stop moves within the list and no further", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", -1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 9), ["b", "c", "a"]);
  const order = ["a", "b"];
  assert.equal(moved(order, "a", -1), order);
  assert.equal(moved(order, "gone", 1), order);
});

test("the hours of a sweep fall on the hours of its first day", () => {
  const on = hoursOn(STARTS, "2026-11-27T21:00:00+08:00");
  assert.deepEqual(on.map((part, hour) => [hour, part]).filter(([, part]) => part > 0), [[18, 0.5], [19, 1], [20, 1]]);
  const late = hoursOn("2026-11-27T15:00:00Z", "2026-11-27T18:00:00Z"); // 23:00 to 02:00 in China
  assert.equal(late.reduce((sum, part) => sum + part, 0), 1);
});

test("a time of day is of the sweep's day, or of the night after it", () => {
  assert.equal(onSweepDay("19:30", STARTS), "2026-11-27T19:30:00+08:00");
  assert.equal(onSweepDay("00:30", STARTS), "2026-11-28T00:30:00+08:00");
  assert.equal(onSweepDay("18:00", STARTS), "2026-11-27T18:00:00+08:00");
  assert.equal(onSweepDay("", STARTS), null);
  assert.equal(moment(""), null);
});

const site = (name, more = {}) => ({ site_id: name, name, where: "陈营镇", probability: 0.3, likely: null, against: "", dropped: "", on_plan: false, last_visit: "", ...more });

test("candidates are ordered by what is asked for, and equal ones by name", () => {
  const all = [site("乙", { probability: null }), site("甲", { probability: 0.9, last_visit: "2026-10-01" }), site("丙", { likely: { inside: 0.6 } })];
  assert.deepEqual(shownCandidates(all).map(({ name }) => name), ["甲", "丙", "乙"]);
  assert.equal(shownCandidates(all, { order: "hours" })[0].name, "丙");
  assert.equal(shownCandidates(all, { order: "visit" }).at(-1).name, "甲");
});

test("a filter is text and nothing else", () => {
  const all = [site("100%提分班"), site("(.*)")];
  assert.deepEqual(shownCandidates(all, { words: "100% 陈营" }).map(({ name }) => name), ["100%提分班"]);
  assert.deepEqual(shownCandidates(all, { words: ".*" }).map(({ name }) => name), ["(.*)"]);
});

test("all at once leaves out what is on the plan, was dropped or is better left alone", () => {
  const all = [site("a"), site("b", { on_plan: true }), site("c", { dropped: "停业" }), site("d", { against: "14 天内刚查过" })];
  assert.deepEqual(addable(all).map(({ name }) => name), ["a"]);
  assert.deepEqual(shownCandidates(all, { only: true }).map(({ name }) => name), ["a", "c"]);
});

test("risk and hours are told in levels, unknown ones as unknown", () => {
  assert.deepEqual([null, 0.1, 0.25, 0.5].map(riskLevel), [0, 1, 2, 3]);
  assert.equal(hoursWords(null), null);
  assert.deepEqual([0.05, 0.2, 0.5].map((inside) => hoursWords({ inside, start: 18, end: 20 }).kind), ["problem", "due", "ok"]);
});

test("links are said as letters in the order of the plan", () => {
  const stops = [{ link: "L7" }, { link: null }, { link: "L2" }, { link: "L7" }];
  assert.deepEqual([...linkLetters(stops)], [["L7", "A"], ["L2", "B"]]);
});
