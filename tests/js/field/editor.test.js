import assert from "node:assert/strict";
import { test } from "node:test";

import { answered, changed, newDraft, signature } from "../../../static/field/models/draft.js";
import { Editor } from "../../../static/field/models/editor.js";
import { Whereabouts } from "../../../static/field/models/whereabouts.js";
import { CHECKLIST, PERSON, SITE, bytesOf, freshStore } from "./kit.js";

const PHOTO = { type: "image/jpeg", purpose: "scene", item: null, caption: "" };

function editing(store = freshStore(), onFault) {
  return { store, editor: new Editor(store, newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST }), onFault) };
}

test("each change is on its way to the disk at once, the last one last", async () => {
  const { store, editor } = editing();
  for (const summary of ["一", "二", "三"]) editor.apply({ summary });
  await editor.flush();
  assert.equal((await store.draft(editor.draft.id)).summary, "三");
});

test("a photo taken while something is typed loses neither", async () => {
  const { store, editor } = editing();
  const adding = editor.addPhoto(bytesOf("photo"), PHOTO);
  editor.apply((draft) => answered(draft, "zd-01", "compliant"));
  const file = await adding;
  await editor.flush();
  const kept = await store.draft(editor.draft.id);
  assert.equal(kept.answers["zd-01"].verdict, "compliant");
  assert.deepEqual(kept.files.map(({ id }) => id), [file.id]);
  assert.equal(Buffer.from(await store.photo(file.id)).toString(), "photo");
});

test("the very same photo is not taken twice, but the same at another item is", async () => {
  const { editor } = editing();
  assert.ok(await editor.addPhoto(bytesOf("photo"), PHOTO));
  assert.equal(await editor.addPhoto(bytesOf("photo"), PHOTO), null);
  assert.ok(await editor.addPhoto(bytesOf("photo"), { ...PHOTO, item: "zd-01" }));
});

test("a photo for which there is no room is not listed, and what was typed stays", async () => {
  const store = freshStore();
  const { editor } = editing(store);
  editor.apply({ summary: "写了很多" });
  await editor.flush();
  const save = store.saveDraft.bind(store);
  store.saveDraft = (draft, photos = []) => (photos.length ? Promise.reject(new DOMException("full", "QuotaExceededError")) : save(draft));
  await assert.rejects(editor.addPhoto(bytesOf("photo"), PHOTO), { name: "QuotaExceededError" });
  assert.deepEqual(editor.draft.files, []);
  editor.apply({ person_in_charge: "周" });
  await editor.flush();
  assert.equal((await store.draft(editor.draft.id)).summary, "写了很多");
});

test("a save that failed is told and goes with the next one", async () => {
  const store = freshStore();
  const told = [];
  const { editor } = editing(store, (error) => told.push(error.message));
  const save = store.saveDraft.bind(store);
  store.saveDraft = () => Promise.reject(new Error("disk"));
  editor.apply({ summary: "不能丢" });
  await assert.rejects(editor.flush());
  assert.equal(told.length, 1);
  store.saveDraft = save;
  await editor.flush();
  assert.equal((await store.draft(editor.draft.id)).summary, "不能丢");
});

test("a second signature takes the place of the first and of a refusal", async () => {
  const { store, editor } = editing();
  editor.apply((draft) => changed(draft, { signature_refused: "拒绝签字" }));
  await editor.sign(bytesOf("first"), {});
  const first = signature(editor.draft);
  await editor.sign(bytesOf("second"), {});
  await editor.flush();
  const kept = await store.draft(editor.draft.id);
  assert.equal(kept.files.length, 1);
  assert.equal(kept.signature_refused, null);
  assert.equal(await store.photo(first.id), null);
  await editor.unsign();
  assert.equal(signature(editor.draft), null);
});

test("fixes are kept when they are finer or some time has gone by", () => {
  const { editor } = editing();
  const fix = (seconds, accuracy_m) => ({ at: new Date(1_780_000_000_000 + seconds * 1000).toISOString(), lon: 117, lat: 28, accuracy_m, source: "fix" });
  const kept = [fix(0, 50), fix(1, 60), fix(2, 20), fix(5, 20), fix(12, 30)].map((each) => editor.addFix(each));
  assert.deepEqual(kept, [true, false, true, false, true]);
});

test("the position is watched only while somebody wants it, and no way is kept", () => {
  let watching = 0;
  let arrive;
  const geolocation = {
    watchPosition: (ok) => ((arrive = ok), watching++),
    clearWatch: () => watching--,
  };
  const whereabouts = new Whereabouts(geolocation);
  const seen = [];
  const [one, two] = [whereabouts.follow((fix) => seen.push(fix.lat)), whereabouts.follow(() => {})];
  assert.equal(watching, 1);
  arrive({ coords: { longitude: 117, latitude: 28, accuracy: 9 }, timestamp: Date.now() - 700_000 });
  arrive({ coords: { longitude: 117, latitude: 29, accuracy: 9 }, timestamp: Date.now() });
  arrive({ coords: { longitude: 117, latitude: 30, accuracy: 99 }, timestamp: Date.now() });
  one();
  two();
  assert.equal(watching, 0);
  assert.deepEqual(seen, [28, 29, 30]);
  assert.equal(whereabouts.best().lat, 29);
});
