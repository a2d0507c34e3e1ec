import assert from "node:assert/strict";
import { test } from "node:test";

import { filterPairs, readAddress, writeAddress } from "../../static/desk/map/address.js";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

test("what was written is read again", () => {
  const state = { open: { subject: "site", id: ID }, filters: { kind: ["school"], state: ["closed", "reported"] }, view: { zoom: 14, lat: 28.69, lon: 117.07 }, tips: true };
  const url = new URL(writeAddress(state), "http://x");
  assert.deepEqual(readAddress(url), { ...state, box: null });
});

test("what is no id, place or box is as if it weren't there", () => {
  const url = new URL("http://x/?site=../../evil&view=1,2,x,4&kind=#map=99/1/1");
  assert.deepEqual(readAddress(url), { open: null, filters: {}, view: null, box: null, tips: false });
});

test("a box to look at must run from west to east", () => {
  assert.deepEqual(readAddress(new URL("http://x/?view=1,2,3,4")).box, [1, 2, 3, 4]);
  assert.equal(readAddress(new URL("http://x/?view=3,2,1,4")).box, null);
});

test("the same filters in another order ask for the same tiles", () => {
  assert.deepEqual(filterPairs({ state: ["b", "a"], kind: ["x"] }), filterPairs({ kind: ["x"], state: ["a", "b"] }));
});
