import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTeam, scrollAt } from "../../static/desk/sweep/drag.js";
import { placeOf } from "../../static/desk/sweep/typed-place.js";

test("arrows go round the teams, and begin at the near end", () => {
  assert.deepEqual([nextTeam(3, -1, 1), nextTeam(3, -1, -1)], [0, 2]);
  assert.deepEqual([nextTeam(3, 2, 1), nextTeam(3, 0, -1), nextTeam(3, 1, 1)], [0, 2, 2]);
  assert.equal(nextTeam(0, -1, 1), -1);
});

test("a list scrolls only near its edges, towards them", () => {
  assert.ok(scrollAt(10, 0, 600) < 0);
  assert.ok(scrollAt(590, 0, 600) > 0);
  assert.equal(scrollAt(300, 0, 600), 0);
});

test("a typed place is a number in range or none", () => {
  assert.deepEqual(placeOf("117.07", " 28.69 "), [28.69, 117.07]);
  for (const [lon, lat] of [["", "28"], ["117", ""], ["200", "28"], ["117", "95"], ["x", "1"]]) assert.equal(placeOf(lon, lat), null);
});
