import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { lacks } from "../../../static/field/models/abilities.js";
import { retryAfterMs, waitMs } from "../../../static/field/models/backoff.js";
import { Bundle, refreshBundle } from "../../../static/field/models/bundle.js";
import { ping } from "../../../static/field/models/connection.js";
import { filesWithFate, isReceipt, progress } from "../../../static/field/models/receipt.js";
import { sha256 } from "../../../static/field/models/sha256.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";
import { PERSON, bytesOf, fault, freshStore, json } from "./kit.js";

test("an id is a UUID of version 7 and sorts by time", () => {
  assert.match(uuid7(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(uuid7(1_000_000_000_000) < uuid7(1_000_000_000_001));
  assert.equal(uuid7(0x017f22e279b0, new Uint8Array(10).fill(255)), "017f22e2-79b0-7fff-bfff-ffffffffffff");
});

test("the hash is that of the bytes", async () => {
  assert.equal(await sha256(bytesOf("双减")), createHash("sha256").update("双减").digest("hex"));
});

test("the wait doubles, has chance in it and an end", () => {
  assert.deepEqual([1, 2, 3].map((n) => waitMs(n, 1)), [2000, 4000, 8000]);
  assert.equal(waitMs(1, 0), 1000);
  assert.equal(waitMs(500, 1), 120_000);
});

for (const [header, wait] of [["30", 30_000], ["Sat, 21 Nov 2026 12:01:00 GMT", 60_000], ["soon", null], [null, null], ["99999999", 3_600_000], ["Sat, 21 Nov 2020 12:01:00 GMT", 0]]) {
  test(`Retry-After: ${header} is ${wait} ms`, () => assert.equal(retryAfterMs(header, Date.parse("2026-11-21T12:00:00Z")), wait));
}

const OURS = { "X-Mingcha": "1" };
const ME = { server_time: "2026-11-21T12:00:05Z", signed_in: true, person_id: PERSON };

for (const [name, answer, state] of [
  ["our server", () => json(200, ME, OURS), "online"],
  ["a server that is not ours, with the same words", () => json(200, ME), "captive"],
  ["our server that does not know us", () => fault(401, "NotSignedIn", "", OURS), "signed_out"],
  ["a login page", () => new Response("<html>"), "captive"],
  ["a gateway's 502", () => new Response("bad gateway", { status: 502 }), "busy"],
  ["silence", () => Promise.reject(new TypeError("network")), "offline"],
]) {
  test(`${name} is ${state}`, async () => {
    const now = () => Date.parse("2026-11-21T12:00:00Z");
    const found = await ping({ fetch: async () => answer(), now });
    assert.equal(found.state, state);
    assert.deepEqual([found.offset_ms, found.person_id], state === "online" ? [5000, PERSON] : [null, null]);
  });
}

test("an ordinary secure browser lacks nothing; each fault is told with a remedy", () => {
  const world = { isSecureContext: true, crypto, indexedDB: {}, navigator: { geolocation: {} } };
  assert.deepEqual(lacks(world), []);
  const found = lacks({ isSecureContext: false, navigator: {} });
  assert.deepEqual(found.map(({ what, blocks }) => [what, blocks]), [["secure", true], ["storage", true], ["position", false]]);
  for (const { title, text } of found) assert.ok(title && text.includes("请"));
});

const BODY = {
  person: { id: PERSON, township_id: "t1" },
  vocabulary: { check_kinds: [["routine", "常态督导"]], site_categories: { suspected: [["after_care", "托管班"]] } },
  checklists: [{ code: "zd-25", version: 2 }],
  tasks: [
    { id: "1", site_id: "a", due_on: "2026-11-30" },
    { id: "2", site_id: "b", due_on: "2026-11-02" },
    { id: "3", site_id: "gone", due_on: "2026-11-01" },
    { id: "4", site_id: "a", due_on: null },
  ],
  sites: {
    columns: ["id", "kind", "category", "name", "address", "lon", "lat", "township_id"],
    rows: [
      ["a", "suspected", "after_care", "小太阳", "青云路 18 号", 117.07, 28.69, "t1"],
      ["b", "school", "primary", "ＡＢＣ小学", null, 117.08, 28.69, "t2"],
      ["c", "school", "primary", "没有位置", "青云路", null, null, "t1"],
    ],
  },
  problems: [{ id: "p", site_id: "a", due_on: null }, { id: "q", site_id: "b", due_on: null }],
};
const REPORT = { id: "n", name: "新点", kind: "suspected", category: "after_care", address: "x", location: { lon: 117.0701, lat: 28.69 } };

test("the bundle answers without a signal", () => {
  const bundle = new Bundle({ body: BODY, fetched_at: "2026-11-21T12:00:00Z" }, [REPORT]);
  assert.deepEqual(bundle.tasksInOrder().map(({ id }) => id), ["2", "1", "4"]);
  assert.deepEqual(bundle.nearest([117.07, 28.69]).map(({ site }) => site.id), ["a", "n", "b"]);
  assert.deepEqual(bundle.search("青云 太阳").map(({ id }) => id), ["a"]);
  assert.deepEqual(bundle.search("abc").map(({ id }) => id), ["b"]);
  assert.deepEqual(bundle.search("托管").map(({ id }) => id), ["a", "n"]);
  assert.deepEqual(bundle.search("  "), []);
  assert.equal(bundle.word("check_kinds", "routine"), "常态督导");
  assert.equal(bundle.word("check_kinds", "new-kind"), "new-kind");
  assert.deepEqual(bundle.problemsOfZone().map(({ id }) => id), ["p"]);
  assert.equal(bundle.checklist({ code: "zd-25", version: 1 }), null);
});

test("the bundle is asked for by its ETag and kept when it is the same", async () => {
  const store = freshStore();
  const asked = [];
  const answers = [json(200, BODY, { ETag: '"1"' }), new Response(null, { status: 304 })];
  const fetch = async (_, { headers }) => asked.push(headers) && answers.shift();
  assert.equal(await refreshBundle(store, PERSON, { fetch }), "new");
  assert.equal(await refreshBundle(store, PERSON, { fetch }), "same");
  assert.deepEqual(asked, [{}, { "If-None-Match": '"1"' }]);
  assert.equal((await store.bundle(PERSON)).body.sites.rows.length, 3);
});

for (const [name, answer, result] of [
  ["a login page", () => new Response("<html>"), "unreachable"],
  ["another person's bundle", () => json(200, { ...BODY, person: { id: "x" } }), "unreachable"],
  ["401", () => fault(401, "NotSignedIn"), "signed_out"],
]) {
  test(`${name} does not replace the bundle`, async () => {
    const store = freshStore();
    await store.saveBundle({ person_id: PERSON, etag: null, fetched_at: "", body: BODY });
    assert.equal(await refreshBundle(store, PERSON, { fetch: async () => answer() }), result);
    assert.deepEqual((await store.bundle(PERSON)).body, BODY);
  });
}

test("a receipt names every file, and what became of each is told", () => {
  const at = "2026-11-21T12:00:00Z";
  const files = ["a", "b", "c", "d"].map((sha) => ({ sha256: sha }));
  const receipt = { check: "1", state: "incomplete", record_sha256: "r", received: ["a", "b"], missing: ["c"], refused: [{ sha256: "d", message: "请重拍" }], damaged: [{ sha256: "b", message: "缺一截" }], received_at: at, completed_at: null };
  const record = { id: "1", sha256: "r", files, receipt, sent: [] };
  assert.ok(isReceipt(receipt, record));
  assert.ok(!isReceipt({ ...receipt, state: "received", completed_at: at }, record), "complete with a file missing");
  assert.ok(!isReceipt(null, record));
  assert.deepEqual(filesWithFate(record).map(({ fate, message }) => [fate, message]), [["received", ""], ["damaged", "缺一截"], ["missing", ""], ["refused", "请重拍"]]);
  assert.deepEqual(progress({ ...record, sent: ["c"] }), { done: 4, total: 4 });
});
