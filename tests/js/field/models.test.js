import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { isLate, isSoon, nextStep } from "../../../static/field/helpers/problem.js";
import { lacks } from "../../../static/field/models/abilities.js";
import { retryAfterMs, waitMs } from "../../../static/field/models/backoff.js";
import { Bundle, folded, unfolded } from "../../../static/field/models/bundle.js";
import { isGoodLine, ping } from "../../../static/field/models/connection.js";
import { nearest } from "../../../static/field/models/nearest.js";
import { isReceipt } from "../../../static/field/models/receipt.js";
import { refreshBundle } from "../../../static/field/models/refresh.js";
import { sha256 } from "../../../static/field/models/sha256.js";
import { filesWithFate, progress } from "../../../static/field/models/standing.js";
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

for (const [name, connection, told, isGood] of [
  ["a quick answer, of which the browser knows nothing", { state: "online", round_trip_ms: 80 }, undefined, true],
  ["a quick answer by 4G", { state: "online", round_trip_ms: 80 }, { effectiveType: "4g" }, true],
  ["a quick answer where the browser measured less", { state: "online", round_trip_ms: 80 }, { effectiveType: "3g" }, false],
  ["a line on which data is saved", { state: "online", round_trip_ms: 80 }, { effectiveType: "4g", saveData: true }, false],
  ["a slow answer", { state: "online", round_trip_ms: 900 }, { effectiveType: "4g" }, false],
  ["no answer", { state: "offline", round_trip_ms: null }, { effectiveType: "4g" }, false],
]) {
  test(`${name} is ${isGood ? "a" : "no"} good line`, () => assert.equal(isGoodLine(connection, told), isGood));
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
  const bundle = new Bundle({ body: BODY, fetched_at: "2026-11-21T12:00:00Z" }, [{ site: REPORT }]);
  assert.deepEqual(bundle.tasksInOrder().map(({ id }) => id), ["2", "1", "4"]);
  assert.deepEqual(nearest(bundle, [117.07, 28.69]).map(({ site }) => site.id), ["a", "n", "b"]);
  assert.deepEqual(bundle.search("青云 太阳").map(({ id }) => id), ["a"]);
  assert.deepEqual(bundle.search("abc").map(({ id }) => id), ["b"]);
  assert.deepEqual(bundle.search("托管").map(({ id }) => id), ["a", "n"]);
  assert.deepEqual(bundle.search("  "), []);
  assert.equal(bundle.word("check_kinds", "routine"), "常态督导");
  assert.equal(bundle.word("check_kinds", "new-kind"), "new-kind");
  assert.deepEqual(bundle.problemsOfZone().map(({ id }) => id), ["p"]);
  assert.equal(bundle.checklist({ code: "zd-25", version: 1 }), null);
});

test("my problems are those the server says are mine, the first due first, those without a running deadline last", () => {
  const mine = (id, due_on, step = "mend", site_id = "b") => ({ id, site_id, due_on, step, is_mine: true });
  const problems = [mine("none", null), mine("late", "2026-11-01"), mine("still", "2026-10-01", "suspended"), mine("soon", "2026-11-23"), mine("gone", "2026-01-01", "mend", "nowhere"), { ...mine("other", "2026-01-01"), is_mine: false }];
  const bundle = new Bundle({ body: { ...BODY, problems }, fetched_at: "" });
  assert.deepEqual(bundle.myProblems().map(({ id }) => id), ["late", "soon", "none", "still"]);
  const now = Date.parse("2026-11-22T10:00:00Z");
  assert.deepEqual(problems.map((each) => [isLate(each, now), isSoon(each, now)]).slice(0, 4), [[false, false], [true, false], [false, false], [false, true]]);
  assert.equal(nextStep(problems[1], now), "期限已到，请复查");
  assert.equal(nextStep(problems[3], now), "整改中，到期前复查");
  assert.equal(nextStep({ step: "failed", due_on: "2026-12-22" }, now), "复查没有通过，继续整改后再复查");
  assert.equal(nextStep({ step: "failed", due_on: "2026-11-01" }, now), "复查没有通过，期限已过，等督办");
  assert.equal(nextStep({ step: "of a newer server" }), "");
  assert.deepEqual(new Bundle({ body: BODY, fetched_at: "" }).myProblems(), []);
});

test("the first screen needs none of the thousands of sites that nobody has a task or a problem at", () => {
  const body = folded(BODY);
  assert.deepEqual(body.sites.rows.map(([id]) => id), ["a", "b"]);
  assert.match(body.sites.rest, /没有位置/);
  const bundle = new Bundle({ body: { ...body, sites: { ...body.sites, rest: "not read" } } }, []);
  assert.deepEqual(bundle.problemsOfZone().map(({ id }) => id), ["p"]);
  assert.equal(bundle.site("b").name, "ＡＢＣ小学");
  assert.throws(() => bundle.site("c"), SyntaxError);
  assert.equal(new Bundle({ body }).site("c").name, "没有位置");
});

test("a folded bundle answers as the whole one does", () => {
  const [whole, kept] = [BODY, folded(BODY)].map((body) => new Bundle({ body }, [{ site: REPORT }]));
  for (const asked of [({ allSites }) => allSites, ({ siteCount }) => siteCount, (bundle) => bundle.search("青云"), (bundle) => bundle.site("n"), (bundle) => bundle.site("gone")])
    assert.deepEqual(asked(kept), asked(whole));
  assert.equal(kept.siteCount, 4);
  assert.deepEqual(unfolded(folded(folded(BODY))), BODY);
});

test("a site that was reported here is the server's once it knows it", () => {
  const bundle = new Bundle({ body: folded(BODY) }, [{ site: { ...REPORT, id: "c" } }]);
  assert.deepEqual([bundle.site("c").name, bundle.siteCount], ["没有位置", 3]);
});

test("rules are found by any word, and by the item they are about; a bundle of before there were any has none", () => {
  const rules = [
    { code: "lesson-end", subject: "培训课", title: "结束时间", title_en: "End", item_code: "zd-17", lines: ["线下不晚于 20:30"], quote: "不得晚于" },
    { code: "fee-loan", subject: "一笔收费", title: "培训贷", title_en: "Loans", item_code: "zd-21", lines: ["不得用培训贷支付"], quote: "严禁" },
  ];
  const bundle = new Bundle({ body: { ...BODY, rules } });
  assert.deepEqual(bundle.searchRules("").map(({ code }) => code), ["lesson-end", "fee-loan"]);
  assert.deepEqual(bundle.searchRules("２０:３０ 培训").map(({ code }) => code), ["lesson-end"]);
  assert.deepEqual(bundle.searchRules("LOANS").map(({ code }) => code), ["fee-loan"]);
  assert.deepEqual(bundle.rulesAbout("zd-21").map(({ code }) => code), ["fee-loan"]);
  const old = new Bundle({ body: BODY });
  assert.deepEqual([old.searchRules("x"), old.rulesAbout("zd-21")], [[], []]);
});

test("a task that was finished here is no task any more, unless its check came back to be mended", () => {
  const tasksWith = (state) => new Bundle({ body: BODY }, [{ task_id: "2", state }]).tasksInOrder().map(({ id }) => id);
  assert.deepEqual(tasksWith("waiting"), ["1", "4"]);
  assert.deepEqual(tasksWith("replaced"), ["2", "1", "4"]);
});

const FULL = { ...BODY, person_id: PERSON, checklists: [{ code: "zd-25", version: 2, items: [] }], county: { code: "361129" }, officers: [], townships: [], tags: tagged(1) };

function tagged(version) {
  return Object.fromEntries(["county", "person", "officers", "checklists", "vocabulary", "tasks", "townships", "problems", "sites"].map((name) => [name, `${name}${version}`]));
}

/** A store that has the whole bundle, and what it asks for when it is refreshed with these answers. */
async function refreshed(...answers) {
  const store = freshStore();
  const asked = [];
  const fetch = async (path, { headers }) => asked.push(decodeURIComponent(path)) && (headers["If-None-Match"] ? answers.shift() : json(200, FULL));
  const states = [];
  for (let n = answers.length; n >= 0; n--) states.push(await refreshBundle(store, PERSON, { fetch }));
  const kept = await store.bundle(PERSON);
  return { states, asked, kept: { ...kept, body: unfolded(kept.body) } };
}

test("the bundle is asked for by the tags of its parts and kept when nothing differs", async () => {
  const { states, asked, kept } = await refreshed(new Response(null, { status: 304 }));
  assert.deepEqual(states, ["new", "same"]);
  assert.equal(asked[0], "/api/v1/field/bundle");
  assert.match(asked[1], /\?since=county:county1,person:person1,.*,sites:sites1$/);
  assert.equal(kept.body.sites.rows.length, 3);
});

test("changed and removed sites take their places and the other parts stay", async () => {
  const changed = { columns: BODY.sites.columns, rows: [["b", "school", "primary", "改名小学", null, 117.08, 28.69, "t2"]], removed: ["c"], count: 2 };
  const { states, kept } = await refreshed(json(200, { person_id: PERSON, tags: { ...FULL.tags, sites: "sites2" }, sites: changed }));
  assert.deepEqual(states, ["new", "new"]);
  assert.deepEqual(kept.body.sites.rows.map(([id, , , name]) => [id, name]), [["a", "小太阳"], ["b", "改名小学"]]);
  assert.equal(kept.tags.sites, "sites2");
  assert.deepEqual(kept.body.tasks, BODY.tasks);
});

test("where the sites are then not as many as the server has, all are asked for next time", async () => {
  const odd = { columns: BODY.sites.columns, rows: [], removed: ["a"], count: 3 };
  const { asked, kept } = await refreshed(json(200, { person_id: PERSON, tags: { ...FULL.tags, sites: "sites2" }, sites: odd }), json(200, { ...FULL, tags: tagged(3) }));
  assert.doesNotMatch(asked[2], /sites:/);
  assert.deepEqual([kept.tags.sites, kept.body.sites.rows.length], ["sites3", 3]);
});

for (const [name, part] of [["tasks", "rubbish"], ["checklists", [{}]], ["sites", { columns: ["id"], rows: [[1, 2]] }], ["vocabulary", null], ["problems", {}]]) {
  test(`${name} that can't be read leave the earlier ones and what comes with them is taken`, async () => {
    const officers = [{ id: "o" }];
    const { kept } = await refreshed(json(200, { person_id: PERSON, tags: tagged(2), officers, [name]: part }));
    assert.deepEqual(kept.body[name], FULL[name]);
    assert.deepEqual([kept.tags[name], kept.tags.officers], [`${name}1`, "officers2"]);
    assert.deepEqual(kept.body.officers, officers);
  });
}

for (const [name, answer, result] of [
  ["a login page", () => new Response("<html>"), "unreachable"],
  ["another person's bundle", () => json(200, { ...FULL, person_id: "x" }), "unreachable"],
  ["401", () => fault(401, "NotSignedIn"), "signed_out"],
  ["a first bundle that lacks a part", () => json(200, { ...FULL, vocabulary: "rubbish" }), "unreachable"],
]) {
  test(`${name} does not replace the bundle`, async () => {
    const store = freshStore();
    assert.equal(await refreshBundle(store, PERSON, { fetch: async () => answer() }), result);
    assert.equal(await store.bundle(PERSON), undefined);
    await store.saveBundle({ person_id: PERSON, etag: null, fetched_at: "", body: BODY }); // as an earlier version kept it
    if (result !== "unreachable" || name.includes("another")) assert.equal(await refreshBundle(store, PERSON, { fetch: async () => answer() }), result);
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
