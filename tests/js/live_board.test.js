import assert from "node:assert/strict";
import { test } from "node:test";

import { counts, inOrder, lateness, matches, merge, open, receipts, silence, whereabouts } from "../../static/desk/sweep/live_model.js";
import { follow } from "../../static/desk/sweep/live_stream.js";

const NOW = Date.parse("2026-11-20T13:00:00Z");
const at = (minutes) => new Date(NOW + minutes * 60_000).toISOString();
const stop = (id, values = {}) => ({ id, name: `班${id}`, address: "", state: "waiting", team_id: "a", position: 0, lon: 1, lat: 2, planned_enters_at: null, photos: [], ...values });
const team = (id, values = {}) => ({ id, name: `第${id}组`, on_duty: 0, heard_at: null, last: null, place: null, start: { lon: 0, lat: 0 }, ...values });
const entry = (id, number, values = {}) => ({ id, number, kind: "message", team_id: null, answers_id: null, ...values });
const board = (values = {}) => ({ number: 1, sweep: { state: "running" }, teams: [team("a")], stops: [stop("1")], entries: [entry("e1", 1)], alarms: [], ...values });

test("a change takes the place of the rows that it names and leaves the others", () => {
  const merged = merge(board({ stops: [stop("1"), stop("2")] }), { number: 3, stops: [stop("2", { state: "done" })], entries: [entry("e3", 3), entry("e1", 1)] });
  assert.deepEqual(merged.stops.map(({ id, state }) => [id, state]), [["1", "waiting"], ["2", "done"]]);
  assert.deepEqual(merged.entries.map(({ number }) => number), [1, 3]);
  assert.equal(merged.number, 3);
});

test("an older change that is told again turns nothing back in the count of entries", () => {
  assert.equal(merge(board({ number: 9 }), { number: 4 }).number, 9);
});

test("alarms come as a whole, so that one that was withdrawn is gone", () => {
  const loud = board({ alarms: [{ id: "x", resolved_at: null }] });
  assert.equal(open(loud.alarms).length, 1);
  assert.equal(open(merge(loud, { number: 2, alarms: [] }).alarms).length, 0);
});

test("a stop is late from ten minutes on, and never once somebody is inside", () => {
  assert.equal(lateness(stop("1", { planned_enters_at: at(-9) }), NOW), 0);
  assert.equal(lateness(stop("1", { planned_enters_at: at(-25) }), NOW), 25);
  assert.equal(lateness(stop("1", { planned_enters_at: at(-25), state: "entered" }), NOW), 0);
});

test("only a team on duty can be silent", () => {
  assert.equal(silence(team("a", { on_duty: 2, heard_at: at(-45) }), NOW), 45);
  assert.equal(silence(team("a", { on_duty: 0, heard_at: at(-45) }), NOW), 0);
});

test("stops stand in the order in which they want looking at", () => {
  const stops = [stop("settled", { state: "done" }), stop("waiting", { planned_enters_at: at(30) }), stop("late", { planned_enters_at: at(-30) }), stop("inside", { state: "entered" }), stop("coming", { state: "under_way" })];
  assert.deepEqual(inOrder(stops, NOW).map(({ id }) => id), ["inside", "late", "coming", "waiting", "settled"]);
});

test("a team is where its phone was seen, else at the stop it came to, else where it set out", () => {
  const stops = [stop("1", { lon: 117, lat: 28 })];
  assert.deepEqual(whereabouts(team("a", { place: { lon: 116, lat: 27 } }), stops), { lon: 116, lat: 27, isSeen: true });
  assert.deepEqual(whereabouts(team("a", { last: { kind: "arrived", stop_id: "1" } }), stops), { lon: 117, lat: 28, isSeen: false });
  assert.deepEqual(whereabouts(team("a", { last: { kind: "set_out", stop_id: "1" } }), stops), { lon: 0, lat: 0, isSeen: false });
});

test("a message to all counts the teams that have answered it", () => {
  const told = board({ teams: [team("a"), team("b")], entries: [entry("m", 1), entry("r", 2, { kind: "reply", team_id: "b", answers_id: "m" })] });
  assert.deepEqual(receipts(told.entries[0], told), { to: 2, read: 1 });
});

test("words, state and team narrow the list of stops", () => {
  const all = { words: "", state: "", team: "" };
  assert.ok(matches(stop("1"), "第a组", { ...all, words: "班1 第a" }));
  assert.ok(!matches(stop("1", { state: "done" }), "", { ...all, state: "open" }));
  assert.ok(!matches(stop("1"), "", { ...all, team: "b" }));
});

test("what counts is settled, inside and on duty", () => {
  const told = counts(board({ stops: [stop("1", { state: "closed" }), stop("2", { state: "entered" })], teams: [team("a", { on_duty: 1 }), team("b")] }));
  assert.deepEqual(told, { stops: 2, settled: 1, inside: 1, teams: 2, onDuty: 1 });
});

class Source {
  static CLOSED = 2;
  static made = [];
  constructor(address) {
    Object.assign(this, { address, readyState: 1 });
    Source.made.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
}

function pageOf(visibilityState) {
  const page = new EventTarget();
  return Object.assign(page, { visibilityState });
}

test("a stream that the server refuses is replaced by asking, from the last entry that was heard", async () => {
  Source.made = [];
  const [told, states, asked] = [[], [], []];
  const ask = async (address) => {
    asked.push(address);
    return { ok: true, json: async () => ({ number: 8 }) };
  };
  const stopIt = follow("/sweeps/x", 5, { told: (change) => told.push(change.number), state: (name) => states.push(name), Source, ask, page: pageOf("visible") });
  const [source] = Source.made;
  assert.equal(source.address, "/sweeps/x/stream?since=5");
  source.onmessage({ data: '{"number":7}' });
  source.readyState = Source.CLOSED;
  source.onerror();
  await new Promise((done) => setTimeout(done, 20));
  stopIt();
  assert.deepEqual(asked, ["/sweeps/x/board?since=7"]);
  assert.deepEqual([told, states], [[7, 8], ["live", "asking"]]);
});

test("a line that only broke comes again by itself", () => {
  Source.made = [];
  const states = [];
  const stopIt = follow("/sweeps/x", 0, { told() {}, state: (name) => states.push(name), Source, ask: () => assert.fail("asked"), page: pageOf("visible") });
  Source.made[0].readyState = 0;
  Source.made[0].onerror();
  stopIt();
  assert.deepEqual(states, ["lost"]);
});

test("a page in the background lets go of its line and takes it up where it was", () => {
  Source.made = [];
  const page = pageOf("visible");
  const stopIt = follow("/sweeps/x", 3, { told() {}, state() {}, Source, ask: () => assert.fail("asked"), page });
  Source.made[0].onmessage({ data: '{"number":12}' });
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Source.made[0].readyState, Source.CLOSED);
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  stopIt();
  assert.deepEqual(Source.made.map(({ address }) => address), ["/sweeps/x/stream?since=3", "/sweeps/x/stream?since=12"]);
});
