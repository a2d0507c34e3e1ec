import assert from "node:assert/strict";
import { test } from "node:test";

import { Bundle, folded } from "../../../static/field/models/bundle.js";
import { fenceOf, isHeardOf, isIn, knownIn, metresTo, metresToEdge } from "../../../static/field/models/cell-ground.js";
import { Cells, bandAt, standOf } from "../../../static/field/models/cells.js";

const NOW = Date.parse("2026-11-20T19:30:00+08:00"); // a Friday evening
const DAYS = { from: "2026-11-20", kinds: "weewwhh" };
const COLUMNS = ["id", "code", "name", "township_id", "lon", "lat", "visits", "last_at", "last_outcome", "dues", "is_overdue"];
const CAMPAIGNS = [
  { id: "autumn", name: "秋季排查", ends_on: "2026-11-30" },
  { id: "old", name: "上月排查", ends_on: "2026-11-15" },
];
const rowOf = (id, dues, more = {}) => COLUMNS.map((name) => ({ id, code: `C-${id}`, name: null, township_id: null, lon: 117, lat: 28, visits: {}, last_at: null, last_outcome: null, dues, is_overdue: false, ...more })[name]);
const partOf = (...rows) => ({ columns: COLUMNS, rows, campaigns: CAMPAIGNS, days: DAYS });
const walk = (cell_id, outcome = "clean", finished_at = new Date(NOW).toISOString()) => ({ kind: "visit", state: "waiting", finished_at, visit: { cell_id, outcome } });

test("the part of the week is told by the calendar that came along, and beyond it by the week", () => {
  const told = { "2026-11-20T17:59+08:00": "workday", "2026-11-20T18:00+08:00": "evening", "2026-11-21T20:00+08:00": "weekend", "2026-11-25T10:00+08:00": "holiday", "2026-11-25T20:00+08:00": "holiday" };
  for (const [at, band] of Object.entries(told)) assert.equal(bandAt(DAYS, Date.parse(at)), band, at);
  assert.equal(bandAt(DAYS, Date.parse("2026-12-05T10:00+08:00")), "weekend");
  assert.equal(bandAt(DAYS, Date.parse("2026-11-19T20:00+08:00")), "evening");
  assert.equal(bandAt(null, Date.parse("2026-11-22T00:30+08:00")), "weekend");
});

test("what ends first is due first, and of that what can be walked now", () => {
  const cells = new Cells(partOf(rowOf("a", [["autumn", ["weekend"]]]), rowOf("b", [["autumn", ["evening"]]]), rowOf("c", []), rowOf("d", [["autumn", ["evening"]], ["old", ["weekend"]]])));
  assert.deepEqual(cells.due(NOW).map(({ id }) => id), ["d", "b", "a"]);
  assert.equal(standOf(cells.get("d"), NOW), "late");
  assert.deepEqual([cells.get("a"), cells.get("c")].map((cell) => standOf(cell, NOW)), ["due", "never"]);
  assert.equal(cells.campaignFor(cells.get("d"), NOW), "autumn");
  assert.equal(cells.campaignFor(cells.get("c"), NOW), null);
});

test("where nobody was for too long is due after the campaigns, the longest first", () => {
  const stale = (id, last_at) => rowOf(id, [], { is_overdue: true, last_at });
  const cells = new Cells(partOf(stale("a", "2026-10-01T00:00:00Z"), stale("b", null), rowOf("c", [["autumn", ["weekend"]]]), rowOf("d", [])), [walk("e")]);
  assert.deepEqual(cells.due(NOW).map(({ id }) => id), ["c", "b", "a"]);
  assert.deepEqual(["a", "b"].map((id) => standOf(cells.get(id), NOW)), ["stale", "never"]);
  assert.deepEqual(new Cells(partOf(stale("a", null)), [walk("a")]).due(NOW), []);
});

test("what this phone walked counts before the server knows of it", () => {
  const rows = [rowOf("a", [["autumn", ["evening", "weekend"]]]), rowOf("b", [["autumn", ["evening"]]])];
  const cells = new Cells(partOf(...rows), [walk("a"), walk("b"), walk("gone")]);
  assert.deepEqual(cells.due(NOW).map(({ id, dues }) => [id, dues[0].bands]), [["a", ["weekend"]]]);
  assert.deepEqual([cells.get("b").last_outcome, standOf(cells.get("b"), NOW)], ["clean", "walked"]);
});

test("who could not get in has not walked it, and a walk that was done anew counts once", () => {
  const cells = new Cells(partOf(rowOf("a", [["autumn", ["evening"]]])), [walk("a", "no_access"), { ...walk("a"), state: "replaced" }]);
  assert.deepEqual(cells.get("a").dues[0].bands, ["evening"]);
  assert.equal(cells.get("a").last_outcome, "no_access");
});

test("a walk that is older than what the server knows changes nothing", () => {
  const known = { last_at: "2026-11-20T19:00:00+08:00", last_outcome: "leads" };
  const cells = new Cells(partOf(rowOf("a", [["autumn", ["weekend"]]], known)), [walk("a", "clean", "2026-11-19T10:00:00Z")]);
  assert.equal(cells.get("a").last_outcome, "leads");
});

test("a bundle of before there were cells has none", () => {
  const cells = new Cells(undefined, []);
  assert.deepEqual([cells.all, cells.due(), cells.get("x")], [[], [], null]);
});

const SQUARE = { type: "Polygon", coordinates: [[[117, 28], [117.01, 28], [117.01, 28.01], [117, 28.01], [117, 28]], [[117.004, 28.004], [117.006, 28.004], [117.006, 28.006], [117.004, 28.006], [117.004, 28.004]]] };

test("a place is in a cell or not, and a hole is not", () => {
  assert.ok(isIn(SQUARE, [117.002, 28.002]));
  assert.ok(!isIn(SQUARE, [117.005, 28.005]));
  assert.ok(!isIn(SQUARE, [117.02, 28.005]));
  assert.ok(isIn({ type: "MultiPolygon", coordinates: [SQUARE.coordinates] }, [117.002, 28.002]));
});

test("how far the border is decides whether a fix can tell", () => {
  const at = (lon, accuracy_m) => fenceOf(SQUARE, { lon, lat: 28.002, accuracy_m });
  assert.deepEqual([at(117.002, 10), at(117.002, 250), at(116.99, 10), at(117.002, null), fenceOf(SQUARE, null), fenceOf(null, {})], ["inside", "cannot_tell", "outside", "cannot_tell", "cannot_tell", "cannot_tell"]);
  assert.ok(Math.abs(metresToEdge(SQUARE, [116.99, 28.002]) - 982) < 3);
  assert.equal(metresTo(SQUARE, [117.002, 28.002]), 0);
});

const SITE_COLUMNS = ["id", "kind", "state", "name", "lon", "lat"];
const SITES = [
  ["1", "suspected", "reported", "车库补习", 117.002, 28.002],
  ["2", "suspected", "closed", "关了的", 117.003, 28.002],
  ["3", "school", "licensed", "小学", 117.002, 28.003],
  ["4", "suspected", "dismissed", "没有的事", 117.002, 28.002],
  ["5", "suspected", "reported", "别处", 117.2, 28.2],
  ["6", "suspected", "reported", "不知道在哪", null, null],
];
const BODY = {
  tasks: [], problems: [], sites: { columns: SITE_COLUMNS, rows: SITES }, vocabulary: {}, person: {},
  canvass: partOf(rowOf("a", [])), ground: { shapes: { a: SQUARE }, tips: [[117.002, 28.002, 300, "one_to_one", "2026-11-19"], [118, 28, null, null, "2026-11-19"]] },
};

test("what is known in a cell is found by its shape, in a bundle that was kept as text too", () => {
  for (const body of [BODY, folded(BODY)]) {
    const bundle = new Bundle({ body, fetched_at: "" });
    const { suspected, watched, others, tips } = knownIn(bundle, bundle.shapeOf("a"));
    assert.deepEqual([suspected, watched, others].map((sites) => sites.map(({ name }) => name)), [["车库补习"], ["关了的"], ["小学"]]);
    assert.deepEqual(tips.map(isHeardOf), [true]);
    assert.equal(bundle.shapeOf("b"), null);
  }
  assert.equal(typeof folded(BODY).ground, "string");
});

test("5,000 sites and 200 cells are asked in no time that a person would notice", () => {
  const rows = Array.from({ length: 5000 }, (_, n) => [String(n), "suspected", "reported", `点 ${n}`, 117 + (n % 71) / 710, 28 + (n % 73) / 730]);
  const shapes = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`c${n}`, SQUARE]));
  const bundle = new Bundle({ body: { ...BODY, sites: { columns: SITE_COLUMNS, rows }, ground: { shapes, tips: [] } }, fetched_at: "" });
  for (const id of Object.keys(shapes)) assert.ok(knownIn(bundle, bundle.shapeOf(id)).suspected.length > 10);
});
