import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, clock, day, dayAndClock, daysBetween, due, hour } from "../../static/helpers/time.js";

const NOW = Date.parse("2026-03-10T04:00:00Z"); // noon in Shanghai

test("an instant is read in Shanghai, not where the machine stands", () => {
  assert.equal(dayAndClock("2026-03-09T16:30:00Z"), "2026-03-10 00:30");
  assert.equal(day("2025-12-31T16:00:00Z"), "2026-01-01");
  assert.equal(clock("2026-03-09T15:59:59Z"), "23:59");
});

for (const [instant, words] of [
  ["2026-03-10T03:59:40Z", "刚刚"],
  ["2026-03-10T04:00:30Z", "刚刚"],
  ["2026-03-10T03:55:00Z", "5 分钟前"],
  ["2026-03-10T01:00:00Z", "3 小时前"],
  ["2026-03-09T16:00:00Z", "12 小时前"],
  ["2026-03-09T15:59:00Z", "昨天 23:59"],
  ["2026-03-07T15:00:00Z", "3 天前"],
  ["2026-01-02T15:00:00Z", "2026-01-02"],
  ["2026-03-10T06:00:00Z", "2026-03-10 14:00"],
]) {
  test(`at noon on 10 March ${instant} is ${words}`, () => assert.equal(ago(instant, NOW), words));
}

test("the clocks of Shanghai agree with the table of time zones, also in the summers in which they were put forward", () => {
  const table = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
  for (let at = Date.UTC(1975, 0, 1, 0, 7); at < Date.UTC(2055); at += 37 * 3_600_000) {
    const [date, time] = table.format(at).split(" ");
    assert.deepEqual([day(at), clock(at), hour(at)], [date, time, Number(time.slice(0, 2))]);
  }
});

test("less than an hour ago is minutes, even across midnight", () => {
  assert.equal(ago("2026-03-09T15:50:00Z", Date.parse("2026-03-09T16:10:00Z")), "20 分钟前");
});

for (const [instant, words] of [
  ["2026-03-10T15:59:59Z", "今天到期"],
  ["2026-03-09T16:00:00Z", "今天到期"],
  ["2026-03-10T16:00:00Z", "还有 1 天"],
  ["2026-03-08T15:00:00Z", "逾期 2 天"],
]) {
  test(`at noon on 10 March a deadline of ${instant} says ${words}`, () => assert.equal(due(instant, NOW), words));
}

test("days are counted by midnights, not by 24 hours", () => {
  assert.equal(daysBetween("2026-03-09T15:59:59Z", "2026-03-09T16:00:00Z"), 1);
  assert.equal(daysBetween("2026-03-10T00:00:00Z", "2026-03-09T15:00:00Z"), -1);
});

test("what is no time is an error, not 1970", () => {
  assert.throws(() => day("昨天"), RangeError);
  assert.throws(() => ago(undefined), RangeError);
});
