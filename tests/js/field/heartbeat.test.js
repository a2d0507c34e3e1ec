import assert from "node:assert/strict";
import { test } from "node:test";

import { Heartbeat } from "../../../static/field/models/heartbeat.js";
import { finish } from "../../../static/field/models/record.js";
import { CHECKLIST, SITE, fault, freshStore, savedDraft } from "./kit.js";

const STORAGE = { estimate: async () => ({ usage: 5, quota: 100 }), persisted: async () => false };

async function scene(status = 204) {
  const store = freshStore();
  const told = [];
  const fetch = async (path, { body }) => {
    told.push([path, JSON.parse(body)]);
    return status === 204 ? new Response(null, { status }) : fault(status, "Fault");
  };
  return { store, told, heartbeat: new Heartbeat({ store, fetch, storage: STORAGE }) };
}

test("the dispatcher learns what stands on the phone: checks, photos lacking, drafts, room", async () => {
  const { store, told, heartbeat } = await scene();
  const record = await finish(store, await savedDraft(store, ["one", "two"]), { checklist: CHECKLIST });
  const draft = await savedDraft(store, []);
  assert.equal(await heartbeat.beat(), true);
  const [path, body] = told[0];
  assert.equal(path, "/api/v1/field/phone");
  assert.deepEqual(body.unsent, [{ id: record.id, kind: "check", site_id: SITE.id, finished_at: record.finished_at, files_missing: 2 }]);
  assert.deepEqual(body.drafts, [{ id: draft.id, site_id: SITE.id, started_at: draft.started_at }]);
  assert.deepEqual(body.storage, { persisted: false, usage_bytes: 5, quota_bytes: 100 });
  assert.deepEqual(Object.keys(body.signing_key), ["kty", "crv", "x", "y"]);
});

test("it is told again when the queue has changed, else every five minutes", async () => {
  const { store, told, heartbeat } = await scene();
  await heartbeat.beat(0);
  assert.equal(await heartbeat.beat(60_000), false);
  await savedDraft(store, []);
  assert.equal(await heartbeat.beat(61_000), true);
  assert.equal(await heartbeat.beat(361_001), true);
  assert.equal(told.length, 3);
  assert.deepEqual(told[0][1].signing_key, told[2][1].signing_key);
});

test("a draft thrown away on purpose is named until the server has heard it", async () => {
  const { store, told, heartbeat } = await scene();
  const draft = await savedDraft(store, []);
  await store.discardDraft(draft.id);
  await heartbeat.beat(0);
  await heartbeat.beat(400_000);
  assert.deepEqual(told.map(([, { discarded }]) => discarded), [[draft.id], []]);
});

test("a server that can't hear now is told at the next turn", async () => {
  const { told, heartbeat } = await scene(503);
  assert.equal(await heartbeat.beat(0), false);
  assert.equal(await heartbeat.beat(1), false);
  assert.equal(told.length, 2);
});
