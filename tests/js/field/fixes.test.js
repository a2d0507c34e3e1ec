import assert from "node:assert/strict";
import { test } from "node:test";

import { best, fence, fixFrom, grade, lastKnown, watch, withFix } from "../../../static/field/models/fixes.js";

const NOW = Date.parse("2026-11-21T12:40:00Z");

function fix(accuracy_m, secondsAgo = 0, source = "fix") {
  return { at: new Date(NOW - secondsAgo * 1000).toISOString(), lon: 117.07, lat: 28.69, accuracy_m, source };
}

for (const [given, expected] of [
  [fix(20), "A"],
  [fix(20.1), "B"],
  [fix(65), "B"],
  [fix(65.1), "C"],
  [fix(20, 30), "C"],
  [fix(1000), "C"],
  [fix(1000.1), "D"],
  [fix(5, 600), "D"],
  [fix(5, 599), "C"],
  [fix(null), "D"],
  [fix(5, -6), "D"],
  [fix(5, -5), "A"],
  [fix(null, 0, "map"), "C"],
  [fix(5, 0, "unknown"), "D"],
  [null, "D"],
]) {
  test(`${JSON.stringify(given && [given.accuracy_m, given.at.slice(14, 19), given.source])} is graded ${expected}, as on the server`, () => assert.equal(grade(given, NOW), expected));
}

test("the best is the most accurate of the fresh, of equals the latest", () => {
  const later = fix(10, 1);
  assert.equal(best([fix(3, 31), fix(50), fix(10, 5), later, fix(null)], NOW), later);
  assert.equal(best([fix(3, 31)], NOW), null);
});

test("a fix of unknown accuracy is chosen if there is no other", () => {
  const unknown = fix(null);
  assert.equal(best([unknown], NOW), unknown);
});

test("the last known is the latest within ten minutes", () => {
  const latest = fix(80, 60);
  assert.equal(lastKnown([fix(5, 120), latest, fix(5, 700)], NOW), latest);
});

for (const [name, coords] of [
  ["0, 0", { longitude: 0, latitude: 0, accuracy: 5 }],
  ["NaN", { longitude: NaN, latitude: 28, accuracy: 5 }],
  ["a latitude over 90", { longitude: 28.69, latitude: 117.07, accuracy: 5 }],
  ["nothing", undefined],
]) {
  test(`${name} is no fix`, () => assert.equal(fixFrom({ coords, timestamp: NOW }, NOW), null));
}

for (const accuracy of [0, -1, NaN, null]) {
  test(`an accuracy of ${accuracy} is unknown and the fix stays`, () => {
    const found = fixFrom({ coords: { longitude: 117, latitude: 28, accuracy }, timestamp: NOW }, NOW);
    assert.equal(found.accuracy_m, null);
  });
}

test("a time stamp of another era becomes the moment of arrival", () => {
  const coords = { longitude: 117, latitude: 28, accuracy: 9 };
  assert.equal(fixFrom({ coords, timestamp: 700_000_000 }, NOW).at, new Date(NOW).toISOString());
});

test("a fence has three answers", () => {
  const place = [117.07, 28.69];
  assert.equal(fence(fix(20), place, 200), "inside");
  assert.equal(fence(fix(300), place, 200), "cannot_tell");
  assert.equal(fence(fix(20), [117.08, 28.69], 200), "outside");
  assert.equal(fence(fix(null), place, 200), "cannot_tell");
});

test("a series of hours stays small and keeps its most accurate fix", () => {
  let series = [fix(4, 9000)];
  for (let second = 8000; second > 0; second--) series = withFix(series, fix(30 + (second % 7), second));
  assert.ok(series.length <= 600);
  assert.equal(series[0].accuracy_m, 4);
  assert.equal(series.at(-1).at, fix(0, 1).at);
});

test("a refused position is told as denied, and watching can be stopped", () => {
  const told = [];
  let cleared = null;
  const geolocation = {
    watchPosition(ok, fail) {
      ok({ coords: { longitude: 117, latitude: 28, accuracy: 9 }, timestamp: Date.now() });
      fail({ code: 1 });
      fail({ code: 3 });
      return 7;
    },
    clearWatch: (id) => (cleared = id),
  };
  const stop = watch(geolocation, ({ lon }) => told.push(lon), (fault) => told.push(fault));
  stop();
  assert.deepEqual([told, cleared], [[117, "denied", "timeout"], 7]);
  watch(undefined, () => {}, (fault) => told.push(fault))();
  assert.equal(told.at(-1), "unavailable");
});
