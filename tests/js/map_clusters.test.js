import assert from "node:assert/strict";
import { test } from "node:test";

import { cluster, radius, short } from "../../static/desk/map/clusters.js";

const cell = (x, y, n = 1) => ({ x, y, n, school: n, institution: 0, suspected: 0, open: 0 });
const cells = Array.from({ length: 2000 }, (_, i) => cell((i * 7919) % 4000, (i * 104729) % 3000, 1 + (i % 40)));

test("nobody is lost in a circle, and nobody counted twice", () => {
  const total = cells.reduce((sum, { n }) => sum + n, 0);
  assert.equal(cluster(cells).reduce((sum, { n }) => sum + n, 0), total);
});

test("cells that are alone stay where they are", () => {
  const found = cluster([cell(10, 10), cell(500, 500, 3)]);
  assert.deepEqual(found.map(({ x, y, n }) => [x, y, n]), [[500, 500, 3], [10, 10, 1]]);
});

test("circles of one window and of a larger one around it agree in the middle", () => {
  const far = cells.filter(({ x, y }) => x < 3600 && y < 2700);
  const inner = ({ x, y }) => x > 1000 && x < 2000 && y > 1000 && y < 2000;
  const places = (found) => found.filter(inner).map(({ x, y, n }) => `${x.toFixed(3)} ${y.toFixed(3)} ${n}`).sort();
  assert.deepEqual(places(cluster(far)), places(cluster(cells)));
});

test("the given cells are not changed", () => {
  const given = [cell(1, 1), cell(2, 2)];
  cluster(given);
  assert.deepEqual(given, [cell(1, 1), cell(2, 2)]);
});

test("more is larger, up to a limit", () => {
  const sizes = [1, 2, 10, 100, 1000, 1e6].map(radius);
  assert.deepEqual(sizes, [...sizes].sort((a, b) => a - b));
  assert.ok(sizes.at(-1) <= 32);
});

test("large numbers are written in 万", () => assert.deepEqual([9, 1204, 12_000, 345_678].map(short), ["9", "1204", "1.2万", "35万"]));
