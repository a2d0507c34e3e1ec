import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../static/field/models/outbox.js";
import { correctSite, reportSite } from "../../../static/field/models/record.js";
import { PERSON, SITE, Server, freshStore, json } from "./kit.js";

const BASE = { address: "青云路 18 号", person_in_charge: "" };
const VALUES = { address: "青云路 20 号", person_in_charge: "陈" };

async function scene() {
  const store = freshStore();
  const server = new Server();
  const record = await correctSite(store, PERSON, SITE, BASE, VALUES);
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null });
  const send = async () => {
    await outbox.kick();
    outbox.stop();
    return store.record(record.id);
  };
  return { store, server, record, send };
}

const fields = { address: { state: "taken", value: "青云路 20 号" }, person_in_charge: { state: "conflict", value: "刘" } };

test("a correction carries what its author saw, and keeps what the server made of each field", async () => {
  const { server, record, send } = await scene();
  let sent = null;
  server.answer = ({ path, body }) => {
    if (!path.endsWith("/field/site-edits")) return null;
    sent = JSON.parse(Buffer.from(body));
    return json(201, { id: record.id, site_id: SITE.id, fields });
  };
  const now = await send();
  assert.deepEqual([sent.base, sent.values, sent.site_id], [BASE, VALUES, SITE.id]);
  assert.ok(sent.device_id && Number.isFinite(Date.parse(sent.at)));
  assert.equal(now.state, "received");
  assert.deepEqual(now.fields, fields);
});

test("an answer for another correction is not believed", async () => {
  const { server, send } = await scene();
  server.answer = () => json(201, { id: "other", fields });
  assert.equal((await send()).state, "waiting");
});

test("a correction of a site that this phone reported waits for the site", async () => {
  const store = freshStore();
  const server = new Server();
  const order = [];
  server.answer = ({ path, body }) => {
    order.push(path.split("/").pop());
    const { id } = JSON.parse(Buffer.from(body));
    return path.endsWith("/field/sites") ? json(503, { error: "DatabaseGone", message: "", fields: {} }) : json(201, { id, fields: {} });
  };
  const site = await reportSite(store, PERSON, { id: SITE.id, name: "三楼晚托", kind: "suspected" });
  await correctSite(store, PERSON, { id: site.id, name: "三楼晚托" }, { name: "三楼晚托" }, { name: "四楼晚托" });
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null });
  await outbox.kick();
  outbox.stop();
  assert.deepEqual([...new Set(order)], ["sites"]);
});
