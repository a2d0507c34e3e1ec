import "fake-indexeddb/auto";

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { HOLD_MS, due, dueIn, isHeld, kept, newLine, settled } from "../../../static/field/models/lines.js";
import { Night, actionsAt, nextState } from "../../../static/field/models/night.js";
import { NightOutbox } from "../../../static/field/models/night-outbox.js";
import { NightStore } from "../../../static/field/models/night-store.js";
import { PERSON, json } from "./kit.js";

const SWEEP = "01890000-0000-7000-8000-0000000000aa";
const [ONE, TWO] = ["01890000-0000-7000-8000-0000000000b1", "01890000-0000-7000-8000-0000000000b2"];
const CONTENTS = {
  sweep: { id: SWEEP, name: "周六晚联合行动", state: "running" },
  team: { id: "t1", number: 1, name: "第1组" },
  members: [],
  contacts: [],
  stops: [
    { id: ONE, position: 1, site: { id: "s1", name: "星光托管" }, approach: "从后巷进", known: ["有人反映"] },
    { id: TWO, position: 2, site: { id: "s2", name: "小太阳托管" }, approach: "", known: [] },
  ],
};
const LATER = HOLD_MS + 1;

function freshStore(personId = PERSON, name = `night-${randomUUID()}`) {
  return Object.assign(new NightStore(personId, name), { called: name });
}

function line(kind, more = {}) {
  return newLine({ sweepId: SWEEP, kind, stopId: ONE, ...more });
}

/** A server that writes down what it is sent, each id once. */
class Server {
  entries = new Map();
  fixes = [];
  told = null;
  isOff = false;
  answer = null;

  fetch = async (path, { method = "GET", body } = {}) => {
    if (this.isOff) throw new TypeError("no way out");
    const given = this.answer?.({ path, method, body: body && JSON.parse(body) });
    if (given) return given;
    if (path.endsWith("/sweep-entries")) return json(200, { results: JSON.parse(body).entries.map((each) => this.#heard(each)) });
    if (path.endsWith("/sweep-positions")) return json(200, { kept: this.fixes.push(...JSON.parse(body).fixes) });
    return this.told ? json(200, this.told) : json(404, { error: "NotFound", message: "没有找到" });
  };

  #heard(each) {
    const outcome = this.entries.has(each.id) ? "same" : "new";
    this.entries.set(each.id, each);
    return { id: each.id, outcome, marks: [], number: this.entries.size };
  }

  get kinds() {
    return [...this.entries.values()].map(({ kind }) => kind);
  }
}

async function scene() {
  const store = freshStore();
  const server = new Server();
  await store.keepOpened(CONTENTS);
  const outbox = new NightOutbox({ store, fetch: server.fetch, locks: null });
  const night = async () => new Night(await store.night(SWEEP), await store.lines(SWEEP));
  return { store, server, outbox, night };
}

test("a stop goes the way of its own team, and what was found shut may be tried again", () => {
  const way = (...kinds) => kinds.reduce(nextState, "waiting");
  assert.equal(way("set_out", "arrived", "entered", "done"), "done");
  assert.equal(way("entered", "arrived"), "entered");
  assert.equal(way("closed", "set_out"), "under_way");
  assert.equal(way("closed", "entered"), "entered");
  assert.equal(way("done", "closed"), "done");
  assert.equal(way("support", "reply"), "waiting");
});

test("at each stop there is one next step, and none where all is done", () => {
  assert.deepEqual(["waiting", "under_way", "arrived", "entered", "closed", "done", "dropped"].map((state) => actionsAt(state).next), ["set_out", "arrived", "entered", "done", "set_out", null, null]);
  assert.deepEqual(actionsAt("done").found, []);
  assert.deepEqual(actionsAt("arrived").found, ["closed", "moved", "refused"]);
});

test("a line says when, where and by which clock; an old position says nothing", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const fix = { at: "2026-11-21T11:59:00Z", lon: 117.07, lat: 28.69, accuracy_m: 9, source: "fix" };
  const made = newLine({ sweepId: SWEEP, kind: "closed", stopId: ONE, fix, offsetMs: -4000, now, words: ` ${"长".repeat(600)}` });
  assert.equal(made.at, "2026-11-21T12:00:00.000Z");
  assert.deepEqual(made.fix, { at: fix.at, lon: 117.07, lat: 28.69, accuracy_m: 9 });
  assert.equal(made.clock_offset_ms, -4000);
  assert.equal(made.words.length, 500);
  assert.equal(newLine({ sweepId: SWEEP, kind: "closed", fix, now: now + 120_000 }).fix, null);
});

test("a line is held for a moment, so that a slip of the thumb never leaves; a call for support isn't", () => {
  const now = Date.now();
  const all = [kept(line("set_out"), 1, now - LATER), kept(line("closed"), 2, now), kept(line("support"), 3, now), kept(line("reply"), 4, now - LATER)];
  assert.deepEqual(all.map((each) => isHeld(each, now)), [false, true, false, false]);
  assert.deepEqual(due(all, now).map(({ line: { kind } }) => kind), ["set_out", "support"]);
  assert.equal(dueIn(all, now), HOLD_MS);
  assert.deepEqual(due(all, now + HOLD_MS).length, 4);
});

test("a clock that is set back holds nothing for ever", () => {
  const now = Date.now();
  assert.equal(due([kept(line("closed"), 1, now + 3_600_000)], now).length, 1);
});

test("the server's answer says what has become of a line", () => {
  assert.equal(settled({ outcome: "new" }).state, "heard");
  assert.equal(settled({ outcome: "same", marks: ["not_your_stop"] }).marks[0], "not_your_stop");
  assert.equal(settled({ outcome: "not_yet" }).state, "waiting");
  assert.deepEqual(settled({ outcome: "refused", fields: { at: "时间不对" }, message: "x" }), { state: "refused", message: "时间不对", marks: [] });
  assert.equal(settled({ outcome: "beside", message: "两份" }).state, "beside");
});

test("what is said without signal shows at once and is sent in its order when there is one", async () => {
  const { store, server, outbox, night } = await scene();
  server.isOff = true;
  const now = Date.now() - 60_000;
  for (const kind of ["set_out", "arrived", "closed"]) await store.say(line(kind, { now }), now);
  await outbox.kick();
  assert.equal(outbox.pause, "offline");
  assert.equal((await night()).stop(ONE).state, "closed");
  assert.equal((await night()).unheard.length, 3);
  server.isOff = false;
  await outbox.kick();
  outbox.stop();
  assert.deepEqual(server.kinds, ["set_out", "arrived", "closed"]);
  assert.equal((await night()).unheard.length, 0);
});

test("a line that falls due while the server is asked for news waits for no other pass", async () => {
  const { store, server, outbox } = await scene();
  const now = Date.now();
  await store.say(line("set_out", { now: now - LATER }), now - LATER);
  await store.say(line("arrived", { now: now - HOLD_MS + 60 }), now - HOLD_MS + 60);
  server.answer = ({ path }) => (path.includes("/state") ? new Promise((done) => setTimeout(() => done(json(404, { error: "NotFound", message: "没有找到" })), 150)) : null);
  await outbox.start();
  await new Promise((done) => setTimeout(done, 600));
  outbox.stop();
  assert.deepEqual(server.kinds, ["set_out", "arrived"]);
});

test("an answer that was lost costs nothing: the same lines are sent again and count once", async () => {
  const { store, server, outbox } = await scene();
  await store.say(line("arrived"), Date.now() - LATER);
  server.answer = ({ path, body }) => {
    if (!path.endsWith("/sweep-entries")) return null;
    server.entries.set(body.entries[0].id, body.entries[0]);
    throw new TypeError("the line broke");
  };
  await outbox.kick();
  server.answer = null;
  await outbox.kick();
  outbox.stop();
  assert.equal(server.entries.size, 1);
  assert.equal((await store.lines())[0].state, "heard");
});

for (const [name, answer] of [
  ["a login page that says 200", () => new Response("<html>WiFi</html>", { status: 200 })],
  ["JSON of somebody else", () => json(200, { ok: true })],
  ["fewer outcomes than lines", () => json(200, { results: [] })],
]) {
  test(`${name} is no receipt for a line`, async () => {
    const { store, server, outbox } = await scene();
    await store.say(line("arrived"), Date.now() - LATER);
    server.answer = ({ method }) => (method === "POST" ? answer() : null);
    await outbox.kick();
    outbox.stop();
    assert.equal((await store.lines())[0].state, "waiting");
    assert.equal(outbox.pause, "captive");
  });
}

test("a server that has not released the sweep yet gets the line later, and the others now", async () => {
  const { store, server, outbox } = await scene();
  for (const kind of ["arrived", "entered"]) await store.say(line(kind), Date.now() - LATER);
  server.answer = ({ path, body }) => (path.endsWith("/sweep-entries") ? json(200, { results: body.entries.map(({ id, kind }) => ({ id, outcome: kind === "arrived" ? "not_yet" : "new" })) }) : null);
  await outbox.kick();
  assert.deepEqual((await store.lines()).map(({ state }) => state), ["waiting", "heard"]);
  server.answer = null;
  await outbox.kick();
  outbox.stop();
  assert.deepEqual((await store.lines()).map(({ state }) => state), ["heard", "heard"]);
});

test("a line that is refused is shown with the reason and holds up no other", async () => {
  const { store, server, outbox, night } = await scene();
  for (const kind of ["arrived", "entered"]) await store.say(line(kind), Date.now() - LATER);
  server.answer = ({ path, body }) => (path.endsWith("/sweep-entries") ? json(200, { results: body.entries.map(({ id, kind }) => (kind === "arrived" ? { id, outcome: "refused", message: "时间不对", fields: {} } : { id, outcome: "new" })) }) : null);
  await outbox.kick();
  outbox.stop();
  assert.deepEqual((await night()).stuck.map(({ message }) => message), ["时间不对"]);
  assert.equal((await store.lines())[1].state, "heard");
});

test("a slip is taken back while nobody has heard of it, and by a second line after", async () => {
  const { store, server, outbox, night } = await scene();
  const slip = await store.say(line("closed"));
  assert.equal((await night()).stop(ONE).state, "closed");
  assert.equal(await store.takeBack(slip.id), true);
  assert.equal((await night()).stop(ONE).state, "waiting");
  const heard = await store.say(line("moved"), Date.now() - LATER);
  await outbox.kick();
  outbox.stop();
  assert.equal(await store.takeBack(heard.id), false);
  assert.equal((await night()).lastAt(ONE).id, heard.id);
  await store.say(newLine({ sweepId: SWEEP, kind: "reply", stopId: ONE, undoes_id: heard.id }));
  assert.equal((await night()).lastAt(ONE), null);
  assert.deepEqual(server.kinds, ["moved"]);
});

test("what the server says takes the place of the packet; what was said since comes on top", async () => {
  const { store, server, outbox, night } = await scene();
  const added = { id: "01890000-0000-7000-8000-0000000000b3", position: 0, state: "waiting", site: { id: "s3", name: "新增点" } };
  server.told = { number: 7, sweep: { state: "running" }, team: CONTENTS.team, on_duty: true, messages: [], calls: [], stops: [added, { id: TWO, position: 2, state: "under_way", site: null }] };
  await store.say(newLine({ sweepId: SWEEP, kind: "arrived", stopId: TWO }));
  await outbox.kick();
  outbox.stop();
  const { stops, here, isOnDuty } = await night();
  assert.deepEqual(stops.map(({ site, state, isGone }) => [site.name, state, Boolean(isGone)]), [["新增点", "waiting", false], ["小太阳托管", "arrived", false], ["星光托管", "dropped", true]]);
  assert.equal(here.id, TWO);
  assert.equal(isOnDuty, true);
});

test("messages of command wait until they are acknowledged here or elsewhere", async () => {
  const { store, server, outbox, night } = await scene();
  const messages = [1, 2].map((number) => ({ id: `m${number}`, number, words: "注意安全", at: new Date().toISOString(), from: "李晓东", is_seen: false }));
  server.told = { number: 2, sweep: { state: "running" }, stops: [], messages, calls: [], on_duty: false };
  const heard = [];
  const listening = new NightOutbox({ store, fetch: server.fetch, locks: null, onTold: (_, before, told) => heard.push(told.messages.length - (before?.messages.length ?? 0)) });
  await listening.kick();
  listening.stop();
  assert.deepEqual(heard, [2]);
  await store.say(newLine({ sweepId: SWEEP, kind: "reply", answers_id: "m1" }));
  assert.deepEqual((await night()).messages.map(({ id, isSeen }) => [id, isSeen]), [["m2", false], ["m1", true]]);
  outbox.stop();
});

test("positions go out once and are not kept", async () => {
  const { store, server, outbox } = await scene();
  for (let n = 0; n < 500; n++) store.addFix(SWEEP, { at: new Date(n * 1000).toISOString(), lon: 117, lat: 28 });
  assert.ok(store.fixes(SWEEP).length <= 401);
  const last = store.fixes(SWEEP).at(-1);
  while (store.fixes(SWEEP).length) await outbox.kick();
  outbox.stop();
  assert.deepEqual(server.fixes.at(-1), last);
});

test("nothing of a night lies readable on the phone, and nobody else reads it", async () => {
  const store = freshStore();
  await store.keepOpened(CONTENTS);
  await store.say(line("closed", { words: "星光托管大门锁着" }));
  const request = indexedDB.open(store.called);
  const database = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  for (const name of ["nights", "lines"]) {
    const rows = await new Promise((resolve) => (database.transaction(name).objectStore(name).getAll().onsuccess = ({ target }) => resolve(target.result)));
    const text = rows.map((row) => JSON.stringify(row) + Buffer.from(row.sealed).toString("utf8")).join("");
    assert.ok(rows.length && !/星光|后巷|closed/.test(text));
  }
  database.close();
  assert.equal(await freshStore("01890000-0000-7000-8000-000000000002", store.called).night(SWEEP), undefined);
});

test("a night is forgotten a week after its end, unless something was not heard", async () => {
  const { store } = await scene();
  const ended_at = new Date(Date.now() - 8 * 86_400_000).toISOString();
  await store.keepTold(SWEEP, { number: 1, sweep: { state: "finished", ended_at }, stops: [], messages: [] });
  const said = await store.say(line("done"));
  await store.forgetOld();
  assert.ok(await store.night(SWEEP));
  await store.settle(said.id, { state: "heard" });
  await store.forgetOld();
  assert.equal(await store.night(SWEEP), undefined);
});

test("a night whose packet was opened on another phone begins with what the server tells", async () => {
  const store = freshStore();
  const server = new Server();
  const outbox = new NightOutbox({ store, fetch: server.fetch, locks: null });
  await outbox.begin(SWEEP);
  assert.equal(await store.night(SWEEP), undefined); // not on the team
  server.told = { number: 3, sweep: { id: SWEEP, state: "running" }, stops: [{ id: ONE, position: 1, state: "waiting", site: { id: "s1", name: "星光托管" } }], messages: [], calls: [] };
  await outbox.begin(SWEEP);
  assert.deepEqual(new Night(await store.night(SWEEP)).stops.map(({ site }) => site.name), ["星光托管"]);
});
