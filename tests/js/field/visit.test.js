import assert from "node:assert/strict";
import { test } from "node:test";

import { clueLines } from "../../../static/field/models/clues.js";
import { newDraft } from "../../../static/field/models/draft.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { finish, reportSite } from "../../../static/field/models/record.js";
import { draftAddress } from "../../../static/field/models/standing.js";
import { newTip, sendTip, titleOf } from "../../../static/field/models/tip.js";
import { withStep } from "../../../static/field/models/track.js";
import { finishVisit, isBrief, leadsOf, newVisit, stepped } from "../../../static/field/models/visit.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";
import { PERSON, Server, fault, freshStore, json } from "./kit.js";

const CELL = { id: "01890000-0000-7000-8000-0000000000c1", code: "361129001001", name: "阳光小区一期" };
const START = Date.parse("2026-11-20T11:00:00Z");
const fixAt = (seconds, accuracy_m = 12, lon = 117.07) => ({ at: new Date(START + seconds * 1000).toISOString(), lon, lat: 28.69, accuracy_m, source: "fix" });

async function begun(store = freshStore()) {
  const draft = newVisit({ personId: PERSON, cell: CELL, campaignId: "autumn", now: new Date(START) });
  await store.saveDraft(draft);
  return { store, draft };
}

async function sent(store, server, keys = []) {
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null, keys: async () => keys });
  await outbox.kick();
  outbox.stop();
  return outbox;
}

test("while the position settles all is kept, then the best of each half minute", () => {
  const steps = [[0, 40], [5, 30], [10, 12], [150, 12], [155, 30], [165, 8], [175, 6], [210, 20]].map(([seconds, accuracy]) => fixAt(seconds, accuracy));
  const track = steps.reduce((kept, fix) => withStep(kept, fix, new Date(START).toISOString()) ?? kept, []);
  assert.deepEqual(track.map(({ at }) => (Date.parse(at) - START) / 1000), [0, 5, 10, 175, 210]);
  assert.deepEqual(track.map(({ accuracy_m }) => accuracy_m), [40, 30, 12, 6, 20]);
});

test("a walk of a day stays bearable and never loses its most accurate fix", () => {
  let track = [fixAt(0, 3)];
  for (let n = 1; n < 2000; n++) track = withStep(track, fixAt(n * 30, 10), new Date(START).toISOString()) ?? track;
  assert.ok(track.length <= 600);
  assert.equal(track[0].accuracy_m, 3);
});

test("nothing seen is a record of its own with place, time and cell", async () => {
  const { store, draft } = await begun();
  const walked = stepped(draft, fixAt(1));
  await store.saveDraft(walked);
  const record = await finishVisit(store, { ...walked, note: " 三栋都走了 " }, { outcome: "clean", userAgent: "Test", now: new Date(START + 600_000) });
  const content = JSON.parse(new TextDecoder().decode(record.bytes));
  assert.deepEqual([content.format, content.cell_id, content.campaign_id, content.outcome, content.note], ["mingcha-visit/1", CELL.id, "autumn", "clean", "三栋都走了"]);
  assert.deepEqual([content.fixes.length, content.lead_ids, content.device.sequence], [1, [], 1]);
  assert.equal(await store.draft(draft.id), undefined);
  assert.deepEqual(record.visit, { cell_id: CELL.id, campaign_id: "autumn", outcome: "clean", note: "三栋都走了", lead_ids: [] });
});

test("what was found on the way is named by the walk, though the page died in between", async () => {
  const { store, draft } = await begun();
  const site = { id: uuid7(), name: "地下室补习", kind: "suspected" };
  const lead = { ...newDraft({ personId: PERSON, site, kind: "canvass" }), visit_id: draft.id };
  await store.saveDraft({ ...lead, site_report: { id: site.id } });
  assert.deepEqual((await leadsOf(store, draft.id)).drafts.map(({ id }) => id), [lead.id]);
  await reportSite(store, PERSON, site);
  await finish(store, lead, { dependsOn: site.id });
  const record = await finishVisit(store, draft, { outcome: "clean" });
  const content = JSON.parse(new TextDecoder().decode(record.bytes));
  assert.deepEqual([content.outcome, content.lead_ids], ["leads", [lead.id]]);
  const check = JSON.parse(new TextDecoder().decode((await store.record(lead.id)).bytes));
  assert.deepEqual([check.visit_id, check.kind], [draft.id, "canvass"]);
  const server = new Server();
  await sent(store, server);
  assert.deepEqual([server.sites.size, server.checks.size, server.visits.size], [1, 1, 1]);
});

test("a walk is received by its own receipt, sent again it is the same, and other bytes are a conflict", async () => {
  const { store, draft } = await begun();
  const server = new Server();
  const record = await finishVisit(store, draft, { outcome: "no_access" });
  let isLost = true;
  server.after = () => (isLost ? ((isLost = false), "lost") : null);
  await sent(store, server);
  assert.equal((await store.record(record.id)).state, "waiting");
  await sent(store, server);
  assert.equal((await store.record(record.id)).state, "received");
  assert.equal(server.visits.size, 1);
  await store.updateRecord(record.id, { state: "waiting" });
  server.visits.set(record.id, { text: "{}", at: new Date().toISOString() });
  await sent(store, server);
  assert.equal((await store.record(record.id)).state, "conflict");
});

for (const [name, answer] of [
  ["a login page", () => new Response("<html>", { status: 200 })],
  ["a receipt of another walk", (id, sha) => json(200, { visit: uuid7(), state: "received", record_sha256: sha, received_at: new Date().toISOString() })],
  ["a receipt for other bytes", (id) => json(200, { visit: id, state: "received", record_sha256: "0".repeat(64), received_at: new Date().toISOString() })],
  ["a receipt without a time", (id, sha) => json(200, { visit: id, state: "received", record_sha256: sha })],
]) {
  test(`${name} is not believed`, async () => {
    const { store, draft } = await begun();
    const record = await finishVisit(store, draft, { outcome: "clean" });
    const server = new Server();
    server.answer = () => answer(record.id, record.sha256);
    const outbox = await sent(store, server);
    assert.deepEqual([(await store.record(record.id)).state, outbox.status.pause.reason], ["waiting", "captive"]);
  });
}

test("where the server signs, an unsigned receipt is not believed and a signed one is", async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const keys = [{ key_id: "k1", jwk: { kty, crv, x, y } }];
  const { store, draft } = await begun();
  const record = await finishVisit(store, draft, { outcome: "clean" });
  const server = new Server();
  const outbox = await sent(store, server, keys);
  assert.equal(outbox.status.pause.reason, "unsigned");
  server.signing = { key_id: "k1", privateKey };
  await sent(store, server, keys);
  assert.equal((await store.record(record.id)).state, "received");
});

test("a refusal is kept with its words", async () => {
  const { store, draft } = await begun();
  const record = await finishVisit(store, draft, { outcome: "clean" });
  const server = new Server();
  server.answer = () => fault(422, "Invalid", "格式不对");
  await sent(store, server);
  const now = await store.record(record.id);
  assert.deepEqual([now.state, now.problem.message], ["refused", "格式不对"]);
});

test("a walk that another page finished is not finished twice", async () => {
  const { store, draft } = await begun();
  await finishVisit(store, draft, { outcome: "clean" });
  await assert.rejects(finishVisit(store, draft, { outcome: "clean" }));
  assert.equal((await store.records()).length, 1);
});

test("a walk of seconds is brief", async () => {
  const { draft } = await begun();
  assert.ok(isBrief(draft, START + 20_000));
  assert.ok(!isBrief(draft, START + 61_000));
});

test("a tip goes with what was filled in and nothing else, and is received by its number", async () => {
  const store = freshStore();
  const draft = newTip({ personId: PERSON });
  draft.tip = { ...draft.tip, text: " 三楼晚上补课 ", schedule: "周六", clues: { phone: "13870310000，0793-6221001", teacher: "" } };
  await store.saveDraft(draft);
  const record = await sendTip(store, draft);
  const content = JSON.parse(new TextDecoder().decode(record.bytes));
  assert.deepEqual(content, { id: draft.id, text: "三楼晚上补课", schedule: "周六", clues: [{ kind: "phone", text: "13870310000" }, { kind: "phone", text: "0793-6221001" }] });
  assert.equal(await store.draft(draft.id), undefined);
  await sent(store, new Server());
  const now = await store.record(draft.id);
  assert.deepEqual([now.state, now.tip_code, now.site_name], ["received", "261120-AB23CD", "三楼晚上补课"]);
});

test("an answer that names another tip is not believed", async () => {
  const store = freshStore();
  const draft = newTip({ personId: PERSON });
  draft.tip.text = "三楼晚上补课";
  await store.saveDraft(draft);
  await sendTip(store, draft);
  const server = new Server();
  server.answer = () => json(201, { id: uuid7(), code: "x" });
  await sent(store, server);
  assert.equal((await store.record(draft.id)).state, "waiting");
});

test("clues are split where a person would, each once, and not without end", () => {
  assert.deepEqual(clueLines({ wechat: "a_1; a_1\n b_2" }), [{ kind: "wechat", text: "a_1" }, { kind: "wechat", text: "b_2" }]);
  assert.equal(clueLines({ phone: Array.from({ length: 50 }, (_, n) => n).join(",") }).length, 20);
  assert.deepEqual(clueLines(undefined), []);
});

test("each kind of draft goes on where it was begun", () => {
  const address = (draft) => draftAddress({ id: "1", ...draft });
  assert.deepEqual([address({}), address({ form: "visit" }), address({ form: "tip" }), address({ site_report: {} })], ["/m/check/1", "/m/visit/1", "/m/tips/new?draft=1", "/m/sites/new?draft=1"]);
  assert.equal(titleOf({ text: "字".repeat(30) }).length, 21);
});
