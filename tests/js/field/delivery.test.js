import assert from "node:assert/strict";
import { randomBytes, webcrypto } from "node:crypto";
import { test } from "node:test";

import { canonical } from "../../../static/field/models/canonical.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { isUnsent } from "../../../static/field/models/standing.js";
import { finish } from "../../../static/field/models/record.js";
import { publicJwk } from "../../../static/field/models/signature.js";
import { withFile } from "../../../static/field/models/draft.js";
import { CHECKLIST, Server, fault, freshStore, json, photoFile, savedDraft } from "./kit.js";

const SIZE = 1_300_000; // three pieces

async function scene({ size = SIZE, keys = undefined, isGoodLine = undefined } = {}) {
  const store = freshStore();
  const server = new Server();
  const bytes = new Uint8Array(randomBytes(size)).buffer;
  const file = await photoFile(bytes);
  const draft = withFile(await savedDraft(store, []), file);
  await store.saveDraft(draft, [{ id: file.id, bytes }]);
  const record = await finish(store, draft, { checklist: CHECKLIST });
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null, keys, isGoodLine });
  const pass = async () => {
    server.requests.length = 0;
    await outbox.kick();
    outbox.stop();
    return server.requests.map(({ method }) => method).join(" ");
  };
  return { store, server, file, bytes, outbox, pass, now: () => store.record(record.id) };
}

function keptBytes({ server, file, bytes }) {
  return Buffer.compare(server.files.get(file.sha256) ?? Buffer.alloc(0), Buffer.from(bytes)) === 0;
}

test("a large photo goes in pieces and arrives whole", async () => {
  const each = await scene();
  assert.equal(await each.pass(), "POST POST HEAD PATCH PATCH PATCH GET");
  assert.ok(keptBytes(each));
  assert.equal((await each.now()).state, "received");
});

test("a small photo goes in one piece", async () => {
  const each = await scene({ size: 1000 });
  assert.equal(await each.pass(), "POST PUT GET");
  assert.ok(keptBytes(each));
});

test("what was acknowledged before the signal went is not sent again, in another page neither", async () => {
  const each = await scene();
  let patches = 0;
  each.server.answer = ({ method }) => (method === "PATCH" && ++patches === 2 ? "lost" : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "offline");
  each.server.answer = () => null;
  const other = new Outbox({ store: each.store, fetch: each.server.fetch, locks: null });
  each.server.requests.length = 0;
  await other.kick();
  other.stop();
  assert.equal(each.server.requests.map(({ method }) => method).join(" "), "POST POST HEAD PATCH PATCH GET");
  assert.ok(keptBytes(each));
});

test("a piece whose answer was lost is not sent twice", async () => {
  const each = await scene();
  let patches = 0;
  each.server.after = ({ method }) => (method === "PATCH" && ++patches === 2 ? "lost" : null);
  await each.pass();
  each.server.after = () => null;
  assert.equal(await each.pass(), "POST POST HEAD PATCH GET");
  assert.ok(keptBytes(each));
});

test("a server without uploads in pieces gets the photo whole", async () => {
  const each = await scene();
  each.server.hasPieces = false;
  assert.equal(await each.pass(), "POST POST PUT GET");
  assert.equal((await each.now()).state, "received");
});

test("bytes the county has already are not sent", async () => {
  const each = await scene();
  each.server.answer = ({ path, method }) => {
    if (method === "POST" && path === "/api/v1/files") each.server.files.set(each.file.sha256, Buffer.from(each.bytes));
    return null;
  };
  assert.equal(await each.pass(), "POST POST GET");
  assert.equal((await each.now()).state, "received");
});

test("an upload that has expired is begun again", async () => {
  const each = await scene();
  each.server.answer = ({ method }) => (method === "PATCH" ? fault(410, "Gone") : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "busy");
  each.server.answer = () => null;
  await each.pass();
  assert.equal((await each.now()).state, "received");
});

for (const method of ["POST", "HEAD", "PATCH"]) {
  test(`a login page in the place of the answer to ${method} is not believed`, async () => {
    const each = await scene();
    const portal = () => new Response("<html>免费 WiFi</html>", { status: 200 });
    each.server.answer = ({ path, method: asked }) => (asked === method && path.includes("/files") ? portal() : null);
    await each.pass();
    assert.equal(each.outbox.status.pause.reason, "captive");
    assert.ok(isUnsent(await each.now()));
  });
}

test("a sign-in that ran out between two pieces keeps everything", async () => {
  const each = await scene();
  let patches = 0;
  each.server.answer = ({ method }) => (method === "PATCH" && ++patches === 2 ? fault(401, "NotSignedIn") : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "signed_out");
  each.server.answer = () => null;
  await each.pass();
  assert.ok(keptBytes(each));
});

test("a refusal after the last piece is an answer, and other bytes are sent again three times at most", async () => {
  const each = await scene();
  each.server.answer = ({ method }) => (method === "PATCH" ? fault(422, "Invalid") : null);
  for (let turn = 0; turn < 4; turn++) await each.pass();
  assert.equal((await each.now()).problem.sha256, each.file.sha256);
  const other = await scene();
  other.server.answer = ({ method }) => (method === "PATCH" ? json(415, { error: "UnsupportedMedia", message: "不是照片", fields: {}, state: "refused", sha256: other.file.sha256 }) : null);
  await other.pass();
  assert.deepEqual((await other.now()).sent, [other.file.sha256]);
});

test("a JSON 200 to a PUT that names no hash is not taken for ours", async () => {
  const each = await scene({ size: 1000 });
  each.server.answer = ({ method }) => (method === "PUT" ? json(200, { ok: true }) : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "captive");
  assert.equal((await each.now()).sent, undefined);
});

test("of two records under one id both are kept, and the photos of the second arrive too", async () => {
  const each = await scene();
  each.server.checks.set((await each.now()).id, "{}");
  await each.pass();
  assert.equal((await each.now()).state, "conflict");
  assert.ok(keptBytes(each));
});

const isGoodLine = () => true;

test("on a good line a check goes with its photos in one request", async () => {
  const each = await scene({ isGoodLine });
  assert.equal(await each.pass(), "POST");
  assert.equal(each.server.requests[0].path, "/api/v1/checks/whole");
  assert.ok(keptBytes(each));
  assert.equal((await each.now()).state, "received");
});

test("a whole check that broke off goes on the sure way, and what had arrived is not sent again", async () => {
  const each = await scene({ isGoodLine });
  const { server } = each;
  server.after = ({ path }) => (path.endsWith("/whole") ? "lost" : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "offline");
  assert.equal(await each.pass(), "POST", "the record alone: the photo had arrived, its answer had not");
  assert.equal(each.server.requests[0].path, "/api/v1/checks");
  assert.equal((await each.now()).state, "received");
});

test("a whole check that arrives without its photo is completed in pieces", async () => {
  const each = await scene({ isGoodLine });
  each.server.cutsAfter = 100_000;
  assert.equal(await each.pass(), "POST POST HEAD PATCH PATCH PATCH GET");
  assert.ok(keptBytes(each));
  assert.equal((await each.now()).state, "received");
});

test("a whole check is tried once, and once more when the officer asks", async () => {
  const each = await scene({ isGoodLine });
  each.server.answer = () => "lost";
  const paths = async (send) => {
    each.server.requests.length = 0;
    await send();
    each.outbox.stop();
    return each.server.requests.map(({ path }) => path);
  };
  assert.deepEqual(await paths(() => each.outbox.kick()), ["/api/v1/checks/whole"]);
  assert.deepEqual(await paths(() => each.outbox.kick()), ["/api/v1/checks"]);
  assert.deepEqual(await paths(() => each.outbox.retry()), ["/api/v1/checks"]);
  const { id } = await each.now();
  await each.store.updateRecord(id, { problem: { message: "?" } });
  assert.deepEqual(await paths(() => each.outbox.retry()), ["/api/v1/checks/whole"]);
});

for (const [name, answer] of [
  ["a refusal", () => fault(422, "Invalid")],
  ["a server that knows no such way", () => fault(404, "NotFound")],
  ["a body that is too large for it", () => fault(413, "TooLarge")],
]) {
  test(`${name} of a whole check is left to the sure way`, async () => {
    const each = await scene({ isGoodLine });
    each.server.answer = ({ path }) => (path.endsWith("/whole") ? answer() : null);
    assert.equal(await each.pass(), "POST POST POST HEAD PATCH PATCH PATCH GET");
    assert.equal((await each.now()).state, "received");
  });
}

test("a login page in the place of the answer to a whole check is not believed", async () => {
  const each = await scene({ isGoodLine });
  each.server.answer = () => json(200, { ok: true });
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "captive");
  assert.ok(isUnsent(await each.now()));
});

test("two records under one id stay two, though the second came whole", async () => {
  const each = await scene({ isGoodLine });
  each.server.checks.set((await each.now()).id, "{}");
  await each.pass();
  assert.equal((await each.now()).state, "conflict");
  assert.ok(keptBytes(each));
});

test("a photo that can't be read keeps the check from going whole, not from going", async () => {
  const each = await scene({ isGoodLine });
  each.store.photo = async () => null;
  assert.equal(await each.pass(), "POST GET");
  assert.equal((await each.now()).problem.sha256, each.file.sha256);
});

test("what is too large for one request goes in pieces", async () => {
  const each = await scene({ isGoodLine, size: 17_000_000 });
  assert.match(await each.pass(), /^POST POST HEAD( PATCH)+ GET$/);
  assert.ok(keptBytes(each));
});

async function signer() {
  const pair = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  return { signing: { key_id: "k1", privateKey: pair.privateKey }, keys: [{ key_id: "k1", jwk: await publicJwk(pair.publicKey) }] };
}

test("a receipt is believed with the signature of a known key, and only then", async () => {
  const { signing, keys } = await signer();
  const each = await scene({ keys: async () => keys });
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "unsigned");
  assert.ok(isUnsent(await each.now()));
  each.server.signing = (await signer()).signing;
  await each.pass();
  assert.ok(isUnsent(await each.now()), "somebody else's key");
  each.server.signing = signing;
  await each.pass();
  assert.equal((await each.now()).state, "received");
});

test("a signed receipt that was changed on the way is not believed", async () => {
  const { signing, keys } = await signer();
  const each = await scene({ keys: async () => keys, size: 1000 });
  each.server.signing = signing;
  const { id } = await each.now();
  each.server.answer = ({ method }) => (method === "GET" ? json(200, { ...each.server.receipt(id), signature: { key_id: "k1", value: "A".repeat(86) } }) : null);
  await each.pass();
  assert.equal(each.outbox.status.pause.reason, "unsigned");
});

test("JSON to be signed has its keys in order and no blanks", () => {
  assert.equal(new TextDecoder().decode(canonical({ b: [{ d: "双减", c: null }], a: 1 })), '{"a":1,"b":[{"c":null,"d":"双减"}]}');
});
