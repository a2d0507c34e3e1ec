import assert from "node:assert/strict";
import { createHash, hkdfSync, webcrypto } from "node:crypto";
import { test } from "node:test";

import { isToDeliver, takeAlong } from "../../../static/field/models/carrying.js";
import { unpacked } from "../../../static/field/models/frames.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { makeParcel, readParcel } from "../../../static/field/models/parcel.js";
import { finish } from "../../../static/field/models/record.js";
import { publicJwk } from "../../../static/field/models/signature.js";
import { CHECKLIST, PERSON, fault, freshStore, json, savedDraft } from "./kit.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const { subtle } = webcrypto;

async function scene() {
  const store = freshStore();
  const records = [];
  for (const contents of [["one", "two"], ["two"]]) records.push(await finish(store, await savedDraft(store, contents), { checklist: CHECKLIST }));
  const pair = await subtle.generateKey(CURVE, true, ["deriveBits"]);
  const serverKey = { key_id: "parcel-1", jwk: await publicJwk(pair.publicKey) };
  const { header, parts } = await makeParcel(store, records, { serverKey, county: "361199" });
  return { store, records, pair, header, bytes: await new Blob(parts).arrayBuffer() };
}

/** Opens a parcel as the contract says, with nothing of what made it but the public parts. */
async function opened({ pair, bytes }) {
  const buffer = Buffer.from(bytes);
  const length = buffer.readUInt32BE(4);
  const header = JSON.parse(buffer.subarray(8, 8 + length));
  const ephemeral = await subtle.importKey("jwk", header.ephemeral, CURVE, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: ephemeral }, pair.privateKey, 256);
  const raw = hkdfSync("sha256", shared, Buffer.from(header.salt, "base64url"), "mingcha parcel 1", 32);
  const key = await subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  let at = 8 + length;
  const pieces = [];
  for (const [index, { size, sha256 }] of header.frames.entries()) {
    const frame = buffer.subarray(at, (at += size));
    assert.equal(createHash("sha256").update(frame).digest("hex"), sha256);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(index);
    pieces.push(unpacked(await subtle.decrypt({ name: "AES-GCM", iv: frame.subarray(0, 12), additionalData: number }, key, frame.subarray(12))));
  }
  assert.equal(at, buffer.length);
  return { header, pieces };
}

test("the server opens a parcel: the records first, byte for byte, then each photo once", async () => {
  const each = await scene();
  const { header, pieces } = await opened(each);
  assert.deepEqual(pieces.map(({ header: { type } }) => type), ["record", "record", "file", "file"]);
  assert.deepEqual(pieces.slice(0, 2).map(({ bytes }) => Buffer.from(bytes).toString()), each.records.map(({ bytes }) => Buffer.from(bytes).toString()));
  assert.deepEqual(pieces.slice(2).map(({ bytes }) => Buffer.from(bytes).toString()), ["one", "two"]);
  assert.deepEqual(pieces[0].header, { type: "record", kind: "check", id: each.records[0].id, sha256: each.records[0].sha256 });
  assert.deepEqual([header.person_id, header.county, header.key_id], [PERSON, "361199", "parcel-1"]);
  assert.deepEqual(header.records, each.records.map(({ id }) => ({ id, kind: "check" })));
});

test("the phone's signature covers the header", async () => {
  const { store, header } = await scene();
  const { signature, ...rest } = header;
  const key = (await store.signingKeys()).publicKey;
  const inOrder = (value) => (Array.isArray(value) ? value.map(inOrder) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).sort().map(([name, each]) => [name, inOrder(each)])) : value);
  const verify = (content) => subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signature, "base64url"), Buffer.from(JSON.stringify(inOrder(content))));
  assert.equal(await verify(rest), true);
  assert.equal(await verify({ ...rest, person_id: "someone else" }), false);
});

test("nothing of what was found can be read in the file", async () => {
  const { bytes } = await scene();
  const text = Buffer.from(bytes).toString("latin1");
  for (const word of ["zd-01", "answers", "compliant", Buffer.from("小太阳").toString("latin1")]) assert.ok(!text.includes(word), word);
});

test("a photo that can't be read stops the parcel instead of leaving it out", async () => {
  const { store, records, pair } = await scene();
  const serverKey = { key_id: "k", jwk: await publicJwk(pair.publicKey) };
  store.photo = async () => null;
  await assert.rejects(makeParcel(store, records, { serverKey, county: "361199" }));
});

test("a parcel that was cut, changed or lengthened on the way is not taken along", async () => {
  const { bytes } = await scene();
  const changed = Buffer.from(bytes.slice(0));
  changed[changed.length - 5] ^= 1;
  for (const bad of [bytes.slice(0, -1), changed, Buffer.concat([Buffer.from(bytes), Buffer.from("x")]), Buffer.from("MCQ1"), Buffer.from("a photo"), new ArrayBuffer(0)]) {
    await assert.rejects(readParcel(bad));
  }
});

test("a colleague's phone keeps a parcel until it is handed over, brings it once, and shows who it was of", async () => {
  const { bytes, records } = await scene();
  const carrier = freshStore("01890000-0000-7000-8000-00000000000f");
  const parcel = await takeAlong(carrier, bytes);
  assert.equal((await takeAlong(carrier, bytes)).id, parcel.id);
  const asked = [];
  let answer = () => fault(503, "Busy");
  const outbox = new Outbox({ store: carrier, locks: null, fetch: async (path, options) => asked.push([path, options]) && answer() });
  await outbox.kick();
  outbox.stop();
  assert.equal(outbox.status.pause.reason, "busy");
  assert.equal((await carrier.carried()).filter(isToDeliver).length, 1);
  answer = () => json(200, { author: { id: PERSON, name: "张宁" }, results: records.map(({ id, kind }) => ({ id, kind, state: "received" })), receipts: [] });
  await outbox.kick();
  outbox.stop();
  const [kept] = await carrier.carried();
  assert.deepEqual([kept.state, kept.answer.author.name], ["delivered", "张宁"]);
  assert.equal(Buffer.compare(Buffer.from(asked.at(-1)[1].body), Buffer.from(bytes)), 0);
  asked.length = 0;
  await outbox.kick();
  outbox.stop();
  assert.deepEqual(asked, []);
});

for (const [name, answer, state] of [
  ["is held for a look at the office", (records) => json(202, { author: null, message: "签名核对不上，已存放待查", results: records.map(({ id, kind }) => ({ id, kind, state: "held" })), receipts: [] }), "held"],
  ["forgets a record", () => json(200, { author: null, results: [], receipts: [] }), "held"],
  ["is refused", () => fault(422, "Invalid", "文件不完整"), "refused"],
]) {
  test(`a parcel that ${name} is kept and said so`, async () => {
    const { bytes, records } = await scene();
    const carrier = freshStore();
    await takeAlong(carrier, bytes);
    const outbox = new Outbox({ store: carrier, locks: null, fetch: async () => answer(records) });
    await outbox.kick();
    outbox.stop();
    const [kept] = await carrier.carried();
    assert.equal(kept.state, state);
    assert.ok(kept.bytes.byteLength);
  });
}
