import assert from "node:assert/strict";
import { test } from "node:test";

import { smallBefore, keepBefore, wanted } from "../../../static/field/models/before.js";
import { Bundle, folded } from "../../../static/field/models/bundle.js";
import { differences } from "../../../static/field/models/difference.js";
import { missing, newDraft, retaken, steps, withFile } from "../../../static/field/models/draft.js";
import { Editor } from "../../../static/field/models/editor.js";
import { finish, makeRecord } from "../../../static/field/models/record.js";
import { knownProblems, photosAfter, rechecked, rechecksOf } from "../../../static/field/models/rechecks.js";
import { CHECKLIST, PERSON, SITE, bytesOf, freshStore, photoFile } from "./kit.js";

const PROBLEM = { id: "f1", site_id: SITE.id, text: "收费未公示\n墙上没有", order: "万教整改〔2026〕1号", due_on: "2026-12-01" };
const OTHER = { id: "f2", site_id: SITE.id, text: "无消防通道", order: null, due_on: null };

function draft(kind = "recheck") {
  return newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST, kind });
}

const blocking = (each, problems = [PROBLEM]) => missing(each, CHECKLIST, { problems }).filter(({ blocks }) => blocks);

test("a re-check begins with the known problems, another check has them after its beginning", () => {
  assert.deepEqual(steps(null, { kind: "recheck", problems: [PROBLEM] }).slice(0, 2), ["known", "start"]);
  assert.deepEqual(steps(null, { kind: "routine", problems: [PROBLEM] }).slice(0, 2), ["start", "known"]);
  assert.ok(!steps(null, { kind: "recheck" }).includes("known"));
  assert.equal(draft().step, "known");
});

test("mended needs a photo of that problem; the other outcomes need none", async () => {
  for (const outcome of ["partly", "not_fixed", "unseen"]) assert.deepEqual(blocking(rechecked(draft(), PROBLEM, { outcome })), []);
  const claimed = rechecked(draft(), PROBLEM, { outcome: "fixed" });
  assert.deepEqual(blocking(claimed).map(({ step, item }) => [step, item]), [["known", "problem-f1"]]);
  const elsewhere = withFile(claimed, await photoFile(bytesOf("a"), { finding_id: "f2" }));
  const spoken = withFile(elsewhere, await photoFile(bytesOf("b"), { finding_id: "f1", type: "audio/mp4" }));
  assert.equal(blocking(spoken).length, 1);
  assert.deepEqual(blocking(withFile(spoken, await photoFile(bytesOf("c"), { finding_id: "f1" }))), []);
});

test("what was written without an outcome is asked for, so that it is not lost", () => {
  const noted = rechecked(draft("routine"), PROBLEM, { note: "门锁着" });
  assert.match(blocking(noted)[0].text, /复查结果：收费未公示/);
  assert.deepEqual(blocking(rechecked(noted, PROBLEM, { outcome: "unseen" })), []);
});

test("what nobody spoke of is only asked for in a re-check", () => {
  const asks = (kind) => missing(draft(kind), CHECKLIST, { problems: [PROBLEM, OTHER] }).filter(({ step }) => step === "known");
  assert.match(asks("recheck")[0].text, /2 个/);
  assert.deepEqual(asks("routine"), []);
});

test("a problem that the bundle has lost stays in the draft that speaks of it, with its words", () => {
  const said = rechecked(draft(), PROBLEM, { outcome: "partly" });
  assert.deepEqual(knownProblems(said, [OTHER]).map(({ id, text }) => [id, text]), [["f2", OTHER.text], ["f1", PROBLEM.text]]);
  assert.deepEqual(knownProblems(said, [PROBLEM]).map(({ id }) => id), ["f1"]);
});

test("the record says the outcomes, and nothing where none was chosen", () => {
  const device = { id: "d", sequence: 1, user_agent: "", clock_offset_ms: null };
  const noted = rechecked(rechecked(draft(), PROBLEM, { note: " 已贴 " }), OTHER, { note: "只写了字" });
  const record = makeRecord(rechecked(noted, PROBLEM, { outcome: "fixed" }), device, CHECKLIST, new Date());
  assert.deepEqual(record.rechecks, [{ finding_id: "f1", outcome: "fixed", note: "已贴" }]);
  assert.ok(!("rechecks" in makeRecord(draft(), device, CHECKLIST, new Date())));
});

test("photos keep what they show through sealing, retaking and finishing", async () => {
  const store = freshStore();
  const made = rechecked(draft(), PROBLEM, { outcome: "fixed" });
  await store.saveDraft(made);
  const editor = new Editor(store, made);
  const shows = { type: "image/jpeg", purpose: "scene", item: null, caption: "", finding_id: "f1", before_id: "p1" };
  const first = await editor.addPhoto(bytesOf("one"), shows);
  const again = await editor.retake(first.id, bytesOf("two"), { ...shows, before_id: null });
  assert.deepEqual(photosAfter(editor.draft, "f1").map(({ id, before_id, retake_of }) => [id, before_id, retake_of]), [[again.id, "p1", first.id]]);
  const record = await finish(store, (await store.draft(made.id)), { checklist: CHECKLIST });
  const [file] = record.files;
  assert.deepEqual([file.finding_id, file.before_id], ["f1", "p1"]);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(record.bytes)).rechecks[0].outcome, "fixed");
});

test("the same photo may show two problems", async () => {
  const store = freshStore();
  const editor = new Editor(store, draft());
  const shows = (finding_id) => ({ type: "image/jpeg", purpose: "scene", item: null, caption: "", finding_id, before_id: null });
  assert.ok(await editor.addPhoto(bytesOf("one"), shows("f1")));
  assert.ok(await editor.addPhoto(bytesOf("one"), shows("f2")));
  assert.equal(await editor.addPhoto(bytesOf("one"), shows("f2")), null);
});

test("a photo of an item that is retaken says nothing of problems", () => {
  const old = { id: "a", item: "zd-01", caption: "x" };
  const [file] = retaken({ files: [old] }, "a", { id: "b" }).files;
  assert.deepEqual(file, { id: "b", caption: "x", item: "zd-01", retake_of: "a" });
});

test("a record that comes back to be mended has its outcomes again", () => {
  const lines = [{ finding_id: "f1", outcome: "partly", note: "快了" }, { finding_id: "gone", outcome: "unseen" }];
  const again = rechecksOf(lines, [PROBLEM]);
  assert.deepEqual([again.f1.outcome, again.f1.note, again.f1.problem.order], ["partly", "快了", PROBLEM.order]);
  assert.equal(again.gone.outcome, "unseen");
  assert.deepEqual(rechecksOf(undefined, []), {});
});

test("two records under one number are told apart by what they say of a problem", () => {
  const [found] = differences({ rechecks: [{ finding_id: "f1", outcome: "fixed", note: "" }] }, {}, (field, value) => (field === "problem" ? "收费未公示" : value));
  assert.deepEqual([found.label, found.mine, found.theirs], ["复查：收费未公示", "fixed", null]);
});

function bundle(values = {}) {
  const sites = { columns: ["id", "township_id"], rows: [["s1", "t1"], ["s2", "t2"], ["s3", "t1"]] };
  const problems = [{ id: "far", site_id: "s2" }, { id: "near", site_id: "s1" }, { id: "task", site_id: "s2" }, { id: "mine", site_id: "s2", is_mine: true }].map((each) => ({ due_on: null, ...each }));
  problems[2].site_id = "s3";
  const photos_before = Object.fromEntries(problems.map(({ id }) => [id, [[`${id}-1`, `sha-${id}`, null, ""]]]));
  const body = { person: { id: PERSON, township_id: "t1" }, tasks: [{ id: "t", site_id: "s3" }], problems, photos_before, sites, vocabulary: {}, ...values };
  return new Bundle({ body: folded(body), fetched_at: new Date().toISOString() });
}

test("of earlier photos those of one's own problems come first, those of other townships not at all", () => {
  assert.deepEqual(wanted(bundle()).map(({ id }) => id), ["mine-1", "task-1", "near-1"]);
  assert.deepEqual(wanted(bundle(), 1).map(({ id }) => id), ["mine-1"]);
  assert.deepEqual(wanted(bundle({ photos_before: undefined })), []);
});

test("earlier photos are kept for where there is no signal, once, and let go when nobody names them", async () => {
  const store = freshStore();
  const asked = [];
  const fetch = async (url) => {
    asked.push(url);
    return new Response(bytesOf("small"), { status: 200, headers: { "Content-Type": "image/jpeg" } });
  };
  await store.saveBefore("old", bytesOf("x"), "image/jpeg");
  await keepBefore({ store, bundle: bundle(), fetch });
  await keepBefore({ store, bundle: bundle(), fetch });
  assert.deepEqual(asked, ["mine", "task", "near"].map((each) => `/api/v1/files/sha-${each}/320`));
  assert.deepEqual([...(await store.keptBefore())].sort(), ["mine-1", "near-1", "task-1"]);
  assert.equal(new TextDecoder().decode((await store.before("mine-1")).bytes), "small");
  const other = freshStore("01890000-0000-7000-8000-000000000002");
  assert.deepEqual([...(await other.keptBefore())], []);
});

test("without a line nothing more is asked for, and a picture that is not made yet is asked for again", async () => {
  const store = freshStore();
  const asked = [];
  await keepBefore({ store, bundle: bundle(), fetch: async (url) => { asked.push(url); throw new TypeError("offline"); } });
  assert.equal(asked.length, 1);
  await keepBefore({ store, bundle: bundle(), fetch: async () => new Response("{}", { status: 202 }) });
  assert.deepEqual([...(await store.keptBefore())], []);
  const fetch = async () => new Response("<html>", { status: 200, headers: { "Content-Type": "text/html" } });
  assert.equal(await smallBefore({ store, fetch }, { id: "p", sha256: "s" }), null);
});

test("who leaves the phone takes the earlier photos along", async () => {
  const store = freshStore();
  await store.saveBefore("p", bytesOf("x"), "image/jpeg");
  await store.dropBundle(PERSON);
  assert.equal(await store.before("p"), undefined);
});
