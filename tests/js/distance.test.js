import assert from "node:assert/strict";
import { test } from "node:test";

import { bearing, direction, distance, metresBetween, whereFrom } from "../../static/helpers/distance.js";

const HERE = [116.95, 28.69];

for (const [metres, words] of [
  [0, "0 米"],
  [8.4, "8 米"],
  [347, "350 米"],
  [994, "990 米"],
  [996, "1.0 公里"],
  [1234, "1.2 公里"],
  [9949, "9.9 公里"],
  [23400, "23 公里"],
  [NaN, "距离不详"],
  [-1, "距离不详"],
]) {
  test(`${metres} m reads ${words}`, () => assert.equal(distance(metres), words));
}

test("one degree of latitude is 111.2 km", () => {
  assert.ok(Math.abs(metresBetween([117, 28], [117, 29]) - 111_195) < 1);
});

test("a degree of longitude shrinks with the cosine of latitude", () => {
  assert.ok(Math.abs(metresBetween([117, 60], [118, 60]) - 55_597) < 10);
});

test("the far side of the earth is half its girth, not NaN", () => {
  assert.ok(Math.abs(metresBetween([0, 0], [180, 0]) - Math.PI * 6_371_008.8) < 1);
});

for (const [to, wind] of [
  [[116.95, 28.70], "北"],
  [[116.96, 28.70], "东北"],
  [[116.96, 28.69], "东"],
  [[116.95, 28.68], "南"],
  [[116.94, 28.69], "西"],
  [[116.94, 28.70], "西北"],
]) {
  test(`${to} lies ${wind} of ${HERE}`, () => assert.equal(direction(bearing(HERE, to)), wind));
}

test("a bearing just under 360 is north again", () => {
  assert.equal(direction(359), "北");
  assert.equal(direction(-1), "北");
  assert.equal(direction(720), "北");
});

test("a place is told by way and distance, or as here", () => {
  assert.equal(whereFrom(HERE, [116.95, 28.6931]), "北 340 米");
  assert.equal(whereFrom(HERE, [116.95, 28.69002]), "就在这里");
});
