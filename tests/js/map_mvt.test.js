import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../static/desk/map/mvt.js";

const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
const field = (number, bytes) => [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
const number = (key, value) => [...varint(key << 3), ...varint(value)];
const text = (words) => [...new TextEncoder().encode(words)];
const zigzag = (n) => (n < 0 ? -2 * n - 1 : 2 * n);

function tile({ type = 1, geometry, tags = [0, 0], values = [field(1, text("小太阳"))] }) {
  const feature = [...field(2, tags.flatMap(varint)), ...number(3, type), ...field(4, geometry.flatMap(varint))];
  const layer = [...field(1, text("sites")), ...field(2, feature), ...field(3, text("name")), ...values.flatMap((v) => field(4, v)), ...number(5, 4096), ...number(15, 2)];
  return new Uint8Array(field(3, layer));
}

test("a point comes with its words and its place, also beyond the edge of the tile", () => {
  const { sites } = decode(tile({ geometry: [9, zigzag(-40), zigzag(4100)] }));
  assert.equal(sites.extent, 4096);
  assert.deepEqual(sites.features, [{ type: 1, properties: { name: "小太阳" }, parts: [[-40, 4100]] }]);
});

test("the parts of a line and of a ring stay apart", () => {
  const geometry = [9, zigzag(0), zigzag(0), 10, zigzag(5), zigzag(5), 9, zigzag(1), zigzag(1), 18, zigzag(1), zigzag(0), zigzag(0), zigzag(1), 15];
  assert.deepEqual(decode(tile({ type: 3, geometry })).sites.features[0].parts, [[0, 0, 5, 5], [6, 6, 7, 6, 7, 7]]);
});

test("numbers of every kind are read", () => {
  const values = [[...number(4, 300)], [...number(6, zigzag(-7))], [...number(7, 1)], [0x19, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [0x15, 0, 0, 0xc0, 0x3f], [...number(5, 2 ** 40)]];
  const found = values.map((value) => decode(tile({ geometry: [9, 0, 0], values: [value] })).sites.features[0].properties.name);
  assert.deepEqual(found, [300, -7, true, 1.5, 1.5, 2 ** 40]);
});

test("a tile that was cut short is refused, never drawn by half", () => {
  const whole = tile({ geometry: [9, 2, 2] });
  for (let length = 1; length < whole.length; length += 1) assert.throws(() => decode(whole.subarray(0, length)), RangeError);
});

test("an empty tile has no layers", () => assert.deepEqual(decode(new Uint8Array()), {}));
