import assert from "node:assert/strict";
import { test } from "node:test";

import { Database, UPGRADES } from "../../../static/field/models/database.js";
import { packed, unpacked } from "../../../static/field/models/frames.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { finish } from "../../../static/field/models/record.js";
import { sha256 } from "../../../static/field/models/sha256.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";
import { openDB } from "../../../static/vendor/idb/index.js";
import { CHECKLIST, PERSON, Server, bytesOf, freshStore, photoFile, savedDraft } from "./kit.js";

const OTHER = "01890000-0000-7000-8000-000000000002";

async function scene() {
  const name = `sealed-${uuid7()}`;
  const store = freshStore(PERSON, name);
  const record = await finish(store, await savedDraft(store, ["a photo of a classroom"]), { checklist: CHECKLIST });
  const draft = await savedDraft(store, ["another photo"]);
  await store.saveThumb({ id: draft.files[0].id, owner: draft.id, bytes: bytesOf("a small picture"), type: "image/jpeg" });
  return { name, store, record, draft };
}

test("nothing that a person wrote or photographed lies on the disk in plain", async () => {
  const { name } = await scene();
  const database = new Database(name);
  for (const store of ["drafts", "records", "photos", "thumbs"]) {
    const rows = await database.all(store);
    assert.ok(rows.length, store);
    for (const row of rows) {
      const { sealed, ...plain } = row;
      const known = new Set(["id", "person_id", "owner", "sequence"]);
      assert.deepEqual(Object.keys(plain).filter((key) => !known.has(key)), [], store);
      const text = Buffer.from(sealed).toString("latin1");
      for (const secret of ["classroom", "small picture", "another", "zd-01", "image/jpeg"]) assert.ok(!text.includes(secret));
    }
  }
});

test("the key can't be taken out", async () => {
  const { name } = await scene();
  const [{ sealing, signing }] = await new Database(name).all("keys");
  assert.equal(sealing.extractable, false);
  assert.equal(signing.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", sealing));
});

test("another person who signs in on the phone sees nothing and changes nothing", async () => {
  const { name, record, draft, store } = await scene();
  const other = freshStore(OTHER, name);
  assert.deepEqual([await other.drafts(), await other.records()], [[], []]);
  assert.equal(await other.draft(draft.id), undefined);
  assert.equal(await other.record(record.id), undefined);
  assert.equal(await other.photo(draft.files[0].id), null);
  assert.equal(await other.thumb(draft.files[0].id), undefined);
  await other.discardDraft(draft.id);
  await assert.rejects(other.updateRecord(record.id, { state: "received" }));
  assert.deepEqual((await store.drafts()).map(({ id }) => id), [draft.id]);
});

test("a row that claims to be the other person's does not open with the other key", async () => {
  const { name, record } = await scene();
  const database = new Database(name);
  const row = await database.get("records", record.id);
  await database.write(["records"], (tx) => tx.objectStore("records").put({ ...row, person_id: OTHER }));
  assert.deepEqual(await freshStore(OTHER, name).records(), []);
});

test("a sealed photo put in another's place does not open there", async () => {
  const { name, store, draft, record } = await scene();
  const database = new Database(name);
  const row = await database.get("photos", draft.files[0].id);
  await database.write(["photos"], (tx) => tx.objectStore("photos").put({ ...row, id: record.files[0].id }));
  assert.equal(await store.photo(record.files[0].id), null);
});

test("two pages that make the key at the same time have one", async () => {
  const name = `sealed-${uuid7()}`;
  const [one, two] = [freshStore(PERSON, name), freshStore(PERSON, name)];
  const [a, b] = await Promise.all([savedDraft(one, []), savedDraft(two, [])]);
  assert.equal((await freshStore(PERSON, name).drafts()).length, 2);
  assert.ok((await one.draft(b.id)) && (await two.draft(a.id)));
});

test("a change that two pages make at once loses neither", async () => {
  const { name, store, record } = await scene();
  const other = freshStore(PERSON, name);
  await Promise.all([store.updateRecord(record.id, { looks: 3 }), other.updateRecord(record.id, { sent: ["x"] })]);
  const now = await store.record(record.id);
  assert.deepEqual([now.looks, now.sent], [3, ["x"]]);
});

test("a record that can't be read back is not called saved", async () => {
  const name = `sealed-${uuid7()}`;
  const store = freshStore(PERSON, name);
  const draft = await savedDraft(store);
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (row, ...rest) {
    if (this.name !== "records") return put.call(this, row, ...rest);
    const sealed = row.sealed.slice(0);
    new Uint8Array(sealed)[40] ^= 1;
    return put.call(this, { ...row, sealed }, ...rest);
  };
  try {
    await assert.rejects(finish(store, draft, { checklist: CHECKLIST }), { name: "NotKept" });
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  assert.deepEqual(await store.records(), []);
  assert.deepEqual(await store.draft(draft.id), draft);
  assert.equal((await finish(store, draft, { checklist: CHECKLIST })).files.length, 2);
});

test("a page that dies between the record and the end of its draft leaves one check, not two", async () => {
  const name = `sealed-${uuid7()}`;
  const store = freshStore(PERSON, name);
  const draft = await savedDraft(store);
  const remove = IDBObjectStore.prototype.delete;
  IDBObjectStore.prototype.delete = function (...all) {
    if (this.name === "drafts") throw new DOMException("gone", "AbortError");
    return remove.apply(this, all);
  };
  await assert.rejects(finish(store, draft, {}));
  IDBObjectStore.prototype.delete = remove;
  const again = freshStore(PERSON, name);
  assert.deepEqual([(await again.drafts()).length, (await again.records()).length], [0, 1]);
});

test("a check is not finished while one of its photos is not on the phone", async () => {
  const name = `sealed-${uuid7()}`;
  const store = freshStore(PERSON, name);
  const draft = await savedDraft(store);
  await new Database(name).write(["photos"], (tx) => tx.objectStore("photos").delete(draft.files[0].id));
  await assert.rejects(finish(store, draft, { checklist: CHECKLIST }), { name: "NotKept" });
  assert.ok(await store.draft(draft.id));
  assert.equal((await store.device()).sequence, 0);
});

/** A database as the first version left it: a finished check in the queue with a photo, and a draft with another. */
async function firstSchema(name) {
  const db = await openDB(name, 1, { upgrade: (each) => UPGRADES[0](each) });
  const [photo, other] = [bytesOf("queued photo"), bytesOf("draft photo")];
  const [file, begun] = [await photoFile(photo), await photoFile(other)];
  const id = uuid7();
  const bytes = bytesOf(JSON.stringify({ format: "mingcha-check/1", id, files: [file] }));
  const record = { id, kind: "check", person_id: PERSON, site_name: "小太阳", sequence: 1, bytes, sha256: await sha256(bytes), files: [file], state: "waiting", receipt: null, problem: null };
  const draft = { id: uuid7(), person_id: PERSON, site_name: "旧草稿", files: [begun], answers: {}, updated_at: "2026-01-01" };
  await db.put("settings", { key: "device", id: uuid7(), sequence: 1, clock_offset_ms: 0 });
  await db.put("records", record);
  await db.put("drafts", draft);
  await db.put("photos", { id: file.id, owner: id, bytes: photo });
  await db.put("photos", { id: begun.id, owner: draft.id, bytes: other });
  db.close();
  return { record, draft };
}

test("what the first version left in the queue is read, sealed and received by the server byte for byte", async () => {
  const name = `first-${uuid7()}`;
  const { record, draft } = await firstSchema(name);
  const store = freshStore(PERSON, name);
  assert.equal((await store.draft(draft.id)).site_name, "旧草稿");
  assert.equal(Buffer.from(await store.photo(draft.files[0].id)).toString(), "draft photo");
  assert.equal(await freshStore(OTHER, name).photo(draft.files[0].id), null);
  assert.equal(await store.sealOld(), 4);
  assert.equal(await store.sealOld(), 0);
  for (const each of ["drafts", "records", "photos"]) {
    for (const row of await new Database(name).all(each)) assert.ok(row.sealed && !row.bytes && !row.site_name, each);
  }
  const server = new Server();
  const outbox = new Outbox({ store, fetch: server.fetch, locks: null });
  await outbox.kick();
  outbox.stop();
  assert.equal((await store.record(record.id)).state, "received");
  assert.equal(server.checks.get(record.id), Buffer.from(record.bytes).toString());
  assert.equal(server.files.get(record.files[0].sha256).toString(), "queued photo");
});

test("sealing the old stands aside for who writes at the same time", async () => {
  const name = `first-${uuid7()}`;
  const { record } = await firstSchema(name);
  const [one, two] = [freshStore(PERSON, name), freshStore(PERSON, name)];
  await Promise.all([one.sealOld(), two.updateRecord(record.id, { state: "incomplete" })]);
  assert.equal((await one.record(record.id)).state, "incomplete");
});

test("a piece is a header and bytes, and a cut one is none", () => {
  const piece = packed({ name: "双减" }, bytesOf("bytes"));
  const { header, bytes } = unpacked(piece);
  assert.deepEqual([header, Buffer.from(bytes).toString()], [{ name: "双减" }, "bytes"]);
  assert.throws(() => unpacked(piece.slice(0, 6)));
  assert.throws(() => unpacked(new ArrayBuffer(2)));
});
