import assert from "node:assert/strict";
import { test } from "node:test";

import { clocks } from "../../../static/field/models/clocks.js";
import { isVoice, newDraft, photosOf, proving, retaken, voicesOf, withFile, withoutFile, moved } from "../../../static/field/models/draft.js";
import { Editor } from "../../../static/field/models/editor.js";
import { grade } from "../../../static/field/models/fixes.js";
import { placeOf, readPlate, scanned } from "../../../static/field/models/plate.js";
import { makeRecord } from "../../../static/field/models/record.js";
import { isLow, mustHaveRoom, roomLeft } from "../../../static/field/models/room.js";
import { CHECKLIST, PERSON, SITE, bytesOf, freshStore, photoFile } from "./kit.js";

const ID = SITE.id;
const PHOTO = { type: "image/jpeg", purpose: "scene", item: null, caption: "" };

for (const [text, found] of [
  [`https://mingcha.example/p/${ID}?c=361129`, { site_id: ID, county: "361129" }],
  [`http://10.0.0.2:8080/p/${ID}`, { site_id: ID, county: null }],
  [`  ${ID.toUpperCase()} `, { site_id: ID, county: null }],
  [`https://mingcha.example/q/${ID}`, null],
  [`javascript:/p/${ID}`, null],
  ["https://pay.example/wx?x=1", null],
  ["", null],
]) {
  test(`a plate that says ${text || "nothing"} is ${found ? "read" : "no plate"}`, () => assert.deepEqual(readPlate(text), found));
}

test("a place by plate or by hand is of grade C, and none where the site has no place", () => {
  const site = { ...SITE, lon: 117, lat: 28 };
  for (const source of ["qr", "map"]) assert.equal(grade(placeOf(site, source)), "C");
  assert.equal(placeOf({ lon: null, lat: null }, "qr"), null);
});

test("a check that is begun at the plate says so and stands there", () => {
  const plate = scanned({ site_id: ID }, "x".repeat(400));
  const draft = newDraft({ personId: PERSON, site: { ...SITE, lon: 117, lat: 28 }, plate });
  assert.equal(draft.fixes[0].source, "qr");
  const record = makeRecord(draft, { id: "d", sequence: 1 }, null, new Date());
  assert.deepEqual(record.plate, plate);
  assert.equal(plate.text.length, 300);
  assert.equal("plate" in makeRecord(newDraft({ personId: PERSON, site: SITE }), { id: "d", sequence: 1 }, null, new Date()), false);
});

test("three clocks stand beside each photo", async () => {
  const store = freshStore();
  await store.keepClockOffset(-4_000, Date.parse("2026-11-22T00:00:00Z"));
  const editor = new Editor(store, newDraft({ personId: PERSON, site: SITE }));
  const { clocks: moment } = await editor.addPhoto(bytesOf("photo"), PHOTO);
  assert.deepEqual(Object.keys(moment), ["wall_at", "monotonic_ms", "time_origin_ms", "server_offset_ms", "server_offset_at"]);
  assert.deepEqual([moment.server_offset_ms, moment.server_offset_at], [-4000, "2026-11-22T00:00:00.000Z"]);
  assert.ok(moment.monotonic_ms > 0 && Math.abs(moment.time_origin_ms + moment.monotonic_ms - Date.now()) < 60_000);
  assert.equal(clocks({}).server_offset_ms, null);
});

test("a photo taken again stands in the old one's place with its words, and the old bytes go", async () => {
  const store = freshStore();
  const editor = new Editor(store, newDraft({ personId: PERSON, site: SITE }));
  const [old, other] = [await editor.addPhoto(bytesOf("one"), { ...PHOTO, caption: "门口", item: "zd-15" }), await editor.addPhoto(bytesOf("two"), PHOTO)];
  const file = await editor.retake(old.id, bytesOf("better"), PHOTO);
  await editor.flush();
  const kept = await store.draft(editor.draft.id);
  assert.deepEqual(kept.files.map(({ id }) => id), [file.id, other.id]);
  assert.deepEqual([kept.files[0].caption, kept.files[0].item, kept.files[0].retake_of], ["门口", "zd-15", old.id]);
  assert.equal(await store.photo(old.id), null);
  assert.equal(Buffer.from(await store.photo(file.id)).toString(), "better");
});

test("a photo that could not be taken again is still there", async () => {
  const store = freshStore();
  const editor = new Editor(store, newDraft({ personId: PERSON, site: SITE }));
  const old = await editor.addPhoto(bytesOf("one"), PHOTO);
  store.saveDraft = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  await assert.rejects(editor.retake(old.id, bytesOf("better"), PHOTO));
  assert.deepEqual(editor.draft.files.map(({ id }) => id), [old.id]);
  assert.ok(await store.photo(old.id));
});

test("a spoken note is no photo, is listed behind them, and is not moved over", async () => {
  const [a, b] = [await photoFile(bytesOf("a")), await photoFile(bytesOf("b"))];
  const voice = await photoFile(bytesOf("v"), { type: "audio/webm", purpose: "document", item: "zd-15" });
  const draft = [a, voice, b].reduce(withFile, newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST }));
  assert.ok(isVoice(voice));
  assert.deepEqual([photosOf(draft).length, photosOf(draft, "zd-15").length, voicesOf(draft, "zd-15").length], [2, 0, 1]);
  assert.deepEqual(photosOf(moved(draft, b.id, -1)).map(({ id }) => id), [b.id, a.id]);
  const { files } = makeRecord(draft, { id: "d", sequence: 1 }, CHECKLIST, new Date());
  assert.deepEqual(files.map(({ id }) => id), [a.id, b.id, voice.id]);
  assert.equal(photosOf(proving(withoutFile(draft, a.id), b.id, "zd-15"), "zd-15").length, 1);
});

const storage = (left) => ({ estimate: async () => ({ usage: 1_000_000, quota: 1_000_000 + left }) });

test("a photo doesn't take the last room, so that text can still be kept", async () => {
  await assert.rejects(mustHaveRoom(3_000_000, storage(8_000_000)), { name: "QuotaExceededError" });
  await mustHaveRoom(3_000_000, storage(10_000_000));
  await mustHaveRoom(20_000, storage(100_000));
  await mustHaveRoom(3_000_000, {});
});

test("little room is warned of, and a browser that says nothing is not", async () => {
  assert.equal(isLow(await roomLeft(storage(30_000_000))), true);
  assert.equal(isLow(await roomLeft(storage(300_000_000))), false);
  assert.equal(isLow(await roomLeft({})), false);
});
