import assert from "node:assert/strict";
import { test } from "node:test";

import { Pause } from "../../../static/field/models/asking.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { filesWithFate, isStuck, isUnsent, progress } from "../../../static/field/models/standing.js";
import { finish, reportSite } from "../../../static/field/models/record.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";
import { CHECKLIST, PERSON, SITE, Server, bytesOf, fault, freshStore, json, savedDraft } from "./kit.js";

async function scene(contents) {
  const store = freshStore();
  const server = new Server();
  const record = await finish(store, await savedDraft(store, contents), { checklist: CHECKLIST });
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null });
  const now = () => store.record(record.id);
  return { store, server, record, outbox, now };
}

async function send(outbox) {
  await outbox.kick();
  outbox.stop();
}

test("the record goes first, then its files, then the receipt is asked for; and then it is received", async () => {
  const { server, outbox, now } = await scene();
  await send(outbox);
  assert.deepEqual(server.requests.map(({ method, path }) => `${method} ${path.split("/")[3]}`), ["POST checks", "PUT files", "PUT files", "GET checks"]);
  assert.equal((await now()).state, "received");
  assert.deepEqual(progress(await now()), { done: 2, total: 2 });
});

test("the bytes that arrive are the bytes that were hashed at the finish", async () => {
  const { server, record, outbox } = await scene();
  await send(outbox);
  assert.equal(server.checks.get(record.id), Buffer.from(record.bytes).toString());
});

test("a check without photos needs no second question", async () => {
  const { server, outbox, now } = await scene([]);
  await send(outbox);
  assert.equal(server.requests.length, 1);
  assert.equal((await now()).state, "received");
});

for (const [name, answer] of [
  ["a login page that says 200", () => new Response("<html>欢迎使用免费 WiFi</html>", { status: 200 })],
  ["JSON of somebody else", () => json(200, { ok: true })],
  ["a receipt for other bytes", ({ body }) => json(200, { ...forged(body), record_sha256: "0".repeat(64) })],
  ["a receipt that forgets a photo", ({ body }) => json(200, { ...forged(body), received: [] })],
  ["a receipt of another check", ({ body }) => json(200, { ...forged(body), check: uuid7() })],
]) {
  test(`${name} is not believed`, async () => {
    const { server, outbox, now } = await scene();
    server.answer = (request) => (request.method === "POST" ? answer(request) : null);
    await send(outbox);
    assert.equal((await now()).state, "waiting");
    assert.equal(outbox.status.pause.reason, "captive");
  });
}

function forged(body) {
  const record = JSON.parse(Buffer.from(body));
  const at = new Date().toISOString();
  const received = record.files.map((file) => file.sha256);
  return { check: record.id, state: "received", record_sha256: "", received, missing: [], refused: [], damaged: [], received_at: at, completed_at: at };
}

test("a sign-in that ran out keeps everything and says so", async () => {
  const { server, store, record, outbox, now } = await scene();
  server.answer = () => fault(401, "NotSignedIn");
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "signed_out");
  assert.equal((await now()).state, "waiting");
  for (const { id } of record.files) assert.ok(await store.photo(id));
  server.answer = () => null;
  await send(outbox);
  assert.equal((await now()).state, "received");
});

test("a signal that is lost at any request is made good by the next pass, and the server has one record", async () => {
  for (let nth = 1; nth <= 4; nth++) {
    for (const when of ["answer", "after"]) {
      const { server, outbox, now } = await scene();
      let count = 0;
      server[when] = () => (++count === nth ? "lost" : null);
      await send(outbox);
      assert.equal(outbox.status.pause?.reason, "offline", `${when} ${nth}`);
      await send(outbox);
      assert.equal((await now()).state, "received", `${when} ${nth}`);
      assert.equal(server.checks.size, 1);
      assert.equal(server.files.size, 2);
    }
  }
});

test("files that the server has are not sent again", async () => {
  const { server, outbox } = await scene();
  server.answer = ({ method }) => (method === "GET" ? "lost" : null);
  await send(outbox);
  server.answer = () => null;
  server.requests.length = 0;
  await send(outbox);
  assert.deepEqual(server.requests.map(({ method }) => method), ["POST"]);
});

test("Retry-After is honoured", async () => {
  const { server, outbox } = await scene();
  server.answer = () => fault(503, "DatabaseGone", "稍后", { "Retry-After": "600" });
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "busy");
  assert.ok(outbox.status.pause.until - Date.now() > 595_000);
});

test("a full server keeps the queue waiting, in its own words", async () => {
  const { server, outbox, now } = await scene();
  server.answer = ({ method }) => (method === "PUT" ? fault(507, "StorageFull", "服务器空间已满") : null);
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "full");
  assert.equal(outbox.status.pause.message, "服务器空间已满");
  assert.equal((await now()).state, "incomplete");
});

test("a conflict is kept as it is and the next record goes on", async () => {
  const { server, store, outbox, now } = await scene();
  const other = await finish(store, await savedDraft(store, ["three"]), { checklist: CHECKLIST });
  server.checks.set((await now()).id, "{}");
  await send(outbox);
  const kept = await now();
  assert.equal(kept.state, "conflict");
  assert.match(kept.problem.message, /另一份/);
  assert.ok(isUnsent(kept) && isStuck(kept));
  assert.equal((await store.record(other.id)).state, "received");
});

test("a record that the server finds wrong is kept with the fields named", async () => {
  const { server, outbox, now } = await scene();
  server.answer = () => json(422, { error: "Invalid", message: "有 1 处要改", fields: { "answers.0.note": "要写明情况" } });
  await send(outbox);
  const kept = await now();
  assert.equal(kept.state, "refused");
  assert.deepEqual(kept.problem.fields, { "answers.0.note": "要写明情况" });
  server.requests.length = 0;
  await send(outbox);
  assert.equal(server.requests.length, 0);
});

test("a photo that the server refuses is answered and does not hold up the rest", async () => {
  const { server, record, outbox, now } = await scene();
  const bad = record.files[0].sha256;
  server.answer = ({ path, method }) => (method === "PUT" && path.endsWith(bad) ? json(415, { error: "UnsupportedMedia", message: "不是照片", fields: {}, sha256: bad, size: 3, state: "refused" }) : null);
  const receipt = server.receipt.bind(server);
  server.receipt = (id) => {
    const now = receipt(id);
    const rest = now.missing.filter((sha) => sha !== bad || !server.files.size);
    const refused = now.missing.length > rest.length ? [{ sha256: bad, message: "不是照片，请重拍" }] : [];
    const isDone = rest.length === 0;
    return { ...now, missing: rest, refused, state: isDone ? "received" : "incomplete", completed_at: isDone ? now.received_at : null };
  };
  await send(outbox);
  assert.equal((await now()).state, "received");
  assert.deepEqual((await now()).receipt.refused, [{ sha256: bad, message: "不是照片，请重拍" }]);
});

test("a photo that this phone can't read any more is named, the rest is sent, and the record is not called received", async () => {
  const { store, server, record, outbox, now } = await scene();
  const [broken, sound] = record.files;
  const draft = { ...(await savedDraft(store, [])), id: record.id };
  await store.saveDraft(draft, [{ id: broken.id, bytes: bytesOf("other") }]);
  await send(outbox);
  const kept = await now();
  assert.equal(kept.state, "incomplete");
  assert.equal(kept.problem.sha256, broken.sha256);
  assert.ok(server.files.has(sound.sha256));
});

test("bytes that change on the way are sent three times and then somebody is told", async () => {
  const { server, record, outbox, now } = await scene(["one"]);
  server.answer = ({ method }) => (method === "PUT" ? fault(422, "Invalid") : null);
  for (let pass = 0; pass < 4; pass++) await send(outbox);
  assert.equal(server.requests.filter(({ method }) => method === "PUT").length, 3);
  assert.equal((await now()).problem.sha256, record.files[0].sha256);
  server.answer = () => null;
  await outbox.retry();
  outbox.stop();
  assert.equal((await now()).state, "received");
});

test("a check at a new site waits until the site is there", async () => {
  const store = freshStore();
  const server = new Server();
  const report = { id: uuid7(), name: "新点位", kind: "suspected", category: "after_care" };
  await reportSite(store, PERSON, report);
  const draft = { ...(await savedDraft(store, [])), site_id: report.id };
  await store.saveDraft(draft);
  const record = await finish(store, draft, { checklist: CHECKLIST, dependsOn: report.id });
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null });
  server.answer = ({ path }) => (path.endsWith("/sites") ? fault(422, "Invalid", "名称太长") : null);
  await send(outbox);
  assert.equal((await store.record(record.id)).state, "waiting");
  await store.updateRecord(report.id, { state: "waiting", problem: null });
  server.answer = () => null;
  await send(outbox);
  assert.deepEqual(server.requests.slice(-2).map(({ path }) => path), ["/api/v1/field/sites", "/api/v1/checks"]);
  assert.equal((await store.record(record.id)).state, "received");
});

test("a photo that the server finds damaged later is learnt of", async () => {
  const { server, store, record, outbox, now } = await scene();
  await send(outbox);
  const [{ sha256 }] = record.files;
  const receipt = server.receipt.bind(server);
  server.receipt = (id) => ({ ...receipt(id), damaged: [{ sha256, message: "照片缺一截，请重拍" }] });
  await store.updateRecord(record.id, { looked_at: Date.now() - 6_000 });
  await send(outbox);
  assert.equal((await now()).state, "received");
  assert.deepEqual(filesWithFate(await now()).map(({ fate }) => fate), ["damaged", "received"]);
  server.requests.length = 0;
  await send(outbox);
  assert.equal(server.requests.length, 0, "not again at once");
});

test("a server that was put back to yesterday gets again what it lost", async () => {
  const { server, store, record, outbox, now } = await scene();
  await send(outbox);
  server.files.clear();
  await store.updateRecord(record.id, { looked_at: Date.now() - 6_000 });
  await send(outbox);
  assert.equal((await now()).state, "incomplete");
  await send(outbox);
  assert.equal((await now()).state, "received");
  assert.equal(server.files.size, 2);
});

test("only the page that holds the lock sends", async () => {
  const { store, server, outbox } = await scene();
  const locks = { request: async (name, options, work) => work(null) };
  const other = new Outbox({ store, fetch: server.fetch, locks });
  await send(other);
  assert.equal(server.requests.length, 0);
  assert.equal(other.status.pause.reason, "elsewhere");
  await send(outbox);
  assert.equal(server.checks.size, 1);
});

test("another person's record is left alone", async () => {
  const name = `shared-${uuid7()}`;
  const store = freshStore(PERSON, name);
  const server = new Server();
  await finish(store, await savedDraft(store), { checklist: CHECKLIST });
  const other = new Outbox({ store: freshStore(uuid7(), name), fetch: server.fetch, locks: null });
  await send(other);
  assert.equal(server.requests.length, 0);
});

test("nothing is sent while somebody else is signed in", async () => {
  const { store, server } = await scene();
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null, ready: async () => new Pause("signed_out") });
  await send(outbox);
  assert.equal(server.requests.length, 0);
  assert.equal(outbox.status.pause.reason, "signed_out");
});

test("records go in the order of their sequence numbers, whatever the clock said", async () => {
  const { store, server, record, outbox } = await scene([]);
  const later = await finish(store, { ...(await savedDraft(store, [])), site_id: SITE.id }, { checklist: CHECKLIST, now: new Date("1970-01-02") });
  await send(outbox);
  const sent = server.requests.map(({ body }) => JSON.parse(Buffer.from(body)).id);
  assert.deepEqual(sent, [record.id, later.id]);
});
