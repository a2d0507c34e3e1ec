import assert from "node:assert/strict";
import { test } from "node:test";

import { Picker, Room } from "../../static/desk/map/places.js";

test("the nearest thing is found, by its edge", () => {
  const picker = new Picker([{ x: 100, y: 100, r: 9, id: "a" }, { x: 130, y: 100, r: 9, id: "b" }]);
  assert.equal(picker.at(112, 100).id, "a");
  assert.equal(picker.at(118, 100).id, "b");
  assert.equal(picker.at(100, 160), null);
});

test("of two in one place the one on top is found", () => {
  const picker = new Picker([{ x: 5, y: 5, r: 9, id: "under" }, { x: 5, y: 5, r: 9, id: "over" }]);
  assert.equal(picker.at(5, 5).id, "over");
});

test("picking agrees with looking at every thing", () => {
  const things = Array.from({ length: 500 }, (_, i) => ({ x: (i * 733) % 900 - 50, y: (i * 377) % 700 - 50, r: 9, id: i }));
  const picker = new Picker(things);
  for (let step = 0; step < 300; step += 1) {
    const [x, y] = [(step * 37) % 900, (step * 91) % 700];
    const away = (thing) => Math.hypot(thing.x - x, thing.y - y) - thing.r;
    const least = Math.min(...things.map(away));
    const found = picker.at(x, y, 6);
    if (least > 6) assert.equal(found, null);
    else assert.equal(away(found), least);
  }
});

test("words that would lie on others find no room", () => {
  const room = new Room();
  assert.ok(room.claim(0, 0, 200, 20));
  assert.ok(!room.claim(190, 10, 50, 20));
  assert.ok(room.claim(0, 21, 200, 20));
});
