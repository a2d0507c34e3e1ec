import assert from "node:assert/strict";
import { test } from "node:test";

import { newDraft, withFile, withoutFile } from "../../../static/field/models/draft.js";
import { finish } from "../../../static/field/models/record.js";
import { CHECKLIST, PERSON, SITE, bytesOf, freshStore, photoFile, savedDraft } from "./kit.js";

test("a photo and the draft that lists it are saved together", async () => {
  const store = freshStore();
  const draft = await savedDraft(store, ["one"]);
  assert.deepEqual(await store.draft(draft.id), draft);
  assert.equal(Buffer.from(await store.photo(draft.files[0].id)).toString(), "one");
});

test("if the photo can't be stored the draft stays as it was", async () => {
  const store = freshStore();
  const draft = await savedDraft(store, ["one"]);
  const file = await photoFile(bytesOf("two"));
  const impossible = { id: file.id, bytes: () => "not to be cloned" };
  await assert.rejects(store.saveDraft(withFile(draft, file), [impossible]), { name: "DataCloneError" });
  assert.deepEqual(await store.draft(draft.id), draft);
});

test("a photo that is taken out is gone with its thumbnail", async () => {
  const store = freshStore();
  const draft = await savedDraft(store, ["one", "two"]);
  const [first] = draft.files;
  await store.saveThumb({ id: first.id, owner: draft.id, bytes: bytesOf("t"), type: "image/jpeg" });
  await store.dropPhoto(withoutFile(draft, first.id), first.id);
  assert.equal(await store.photo(first.id), null);
  assert.equal(await store.thumb(first.id), undefined);
  assert.equal((await store.draft(draft.id)).files.length, 1);
});

test("a connection that the system closes is opened again", async () => {
  const store = freshStore();
  const draft = await savedDraft(store);
  await store.close();
  assert.deepEqual(await store.draft(draft.id), draft);
});

test("a connection that dies in the hand is opened again", async () => {
  const store = freshStore();
  const draft = await savedDraft(store);
  const open = IDBDatabase.prototype.transaction;
  let failures = 2;
  IDBDatabase.prototype.transaction = function (...all) {
    if (failures-- > 0) throw new DOMException("closing", "InvalidStateError");
    return open.apply(this, all);
  };
  try {
    assert.deepEqual(await store.draft(draft.id), draft);
  } finally {
    IDBDatabase.prototype.transaction = open;
  }
});

test("what is written is written through to the disk", async () => {
  const asked = [];
  const open = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    if (mode === "readwrite") asked.push(options?.durability);
    return open.call(this, names, mode, options);
  };
  try {
    await savedDraft(freshStore());
  } finally {
    IDBDatabase.prototype.transaction = open;
  }
  assert.deepEqual([...new Set(asked)], ["strict"]);
});

test("sequence numbers have no gap and no double, even when two pages finish at once", async () => {
  const store = freshStore();
  const drafts = [];
  for (let index = 0; index < 5; index++) drafts.push(await savedDraft(store, []));
  const records = await Promise.all(drafts.map((draft) => finish(store, draft, { checklist: CHECKLIST })));
  assert.deepEqual(records.map(({ sequence }) => sequence).sort(), [1, 2, 3, 4, 5]);
});

test("a draft is finished once: the second page is told", async () => {
  const store = freshStore();
  const draft = await savedDraft(store);
  const results = await Promise.allSettled([finish(store, draft, {}), finish(store, draft, {})]);
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal((await store.records()).length, 1);
  assert.equal(await store.draft(draft.id), undefined);
});

test("nothing changes the bytes of a record any more", async () => {
  const store = freshStore();
  const record = await finish(store, await savedDraft(store), {});
  await store.updateRecord(record.id, { bytes: bytesOf("forged"), sha256: "0", sequence: 9, state: "incomplete" });
  const kept = await store.record(record.id);
  assert.deepEqual([Buffer.from(kept.bytes).toString(), kept.sha256, kept.sequence, kept.state], [Buffer.from(record.bytes).toString(), record.sha256, 1, "incomplete"]);
});

test("photo bytes are freed only after the receipt, and only when it is old", async () => {
  const store = freshStore();
  const record = await finish(store, await savedDraft(store), {});
  const [file] = record.files;
  const later = Date.now() + 60_000;
  await store.updateRecord(record.id, { state: "incomplete", completed_at: null });
  assert.equal(await store.forgetReceived(later), 0);
  await store.updateRecord(record.id, { state: "received", completed_at: new Date().toISOString() });
  assert.equal(await store.forgetReceived(later), 0, "no receipt, no deleting");
  await store.updateRecord(record.id, { receipt: { state: "received" } });
  assert.equal(await store.forgetReceived(Date.now() - 1000), 0, "not old enough");
  assert.ok(await store.photo(file.id));
  assert.equal(await store.forgetReceived(later), 1);
  assert.equal(await store.photo(file.id), null);
});

test("a refused record becomes a new draft with its photos, and stays itself", async () => {
  const store = freshStore();
  const record = await finish(store, await savedDraft(store, ["one"]), {});
  const again = { ...newDraft({ personId: PERSON, site: SITE }), files: record.files };
  await store.reopen(record.id, again);
  assert.equal((await store.record(record.id)).state, "replaced");
  const second = await finish(store, again, {});
  assert.notEqual(second.id, record.id);
  assert.equal(Buffer.from(await store.photo(second.files[0].id)).toString(), "one");
});

test("every change is told", async () => {
  const store = freshStore();
  let told = 0;
  const stop = store.onChange(() => told++);
  await savedDraft(store, []);
  stop();
  await savedDraft(store, []);
  assert.equal(told, 1);
});

/** Refuses rows over so many bytes in all, as a browser does that has no more room. */
function fullAt(limit, used = { now: 0 }) {
  const put = IDBObjectStore.prototype.put;
  const remove = IDBObjectStore.prototype.delete;
  IDBObjectStore.prototype.put = function (row, ...rest) {
    const size = (row.bytes ?? row.sealed)?.byteLength ?? 0;
    if (used.now + size > limit) throw new DOMException("full", "QuotaExceededError");
    used.now += size;
    return put.call(this, row, ...rest);
  };
  IDBObjectStore.prototype.delete = function (key) {
    if (key === "reserve") used.now -= 2 ** 21;
    return remove.call(this, key);
  };
  return () => Object.assign(IDBObjectStore.prototype, { put, delete: remove });
}

test("on a full phone words get the room set aside for them, and photos don't", async () => {
  const store = freshStore();
  const end = fullAt(2 ** 21 + 20_000);
  try {
    await store.keepReserve();
    let draft = await savedDraft(store, []);
    const bytes = new ArrayBuffer(30_000);
    const file = await photoFile(bytes);
    await assert.rejects(store.saveDraft(withFile(draft, file), [{ id: file.id, bytes }]), { name: "QuotaExceededError" });
    for (let turn = 0; turn < 5; turn++) await store.saveDraft((draft = { ...draft, summary: "写".repeat(3_000) }));
    assert.equal((await store.draft(draft.id)).summary.length, 3_000);
    assert.equal((await store.draft(draft.id)).files.length, 0);
    assert.ok(await finish(store, draft, {}));
  } finally {
    end();
  }
});

test("where nothing was set aside a full phone says so", async () => {
  const store = freshStore();
  const draft = await savedDraft(store, []);
  const end = fullAt(0);
  try {
    await assert.rejects(store.saveDraft({ ...draft, summary: "x" }), { name: "QuotaExceededError" });
    await store.keepReserve();
  } finally {
    end();
  }
  assert.deepEqual(await store.draft(draft.id), draft);
});
