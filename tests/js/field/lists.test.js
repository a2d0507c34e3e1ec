import assert from "node:assert/strict";
import { test } from "node:test";

import { Bundle } from "../../../static/field/models/bundle.js";
import { answered, listed, newDraft, noted, proving, withFile } from "../../../static/field/models/draft.js";
import { earlier, listFor, proposed, sorted } from "../../../static/field/models/lists.js";
import { makeRecord } from "../../../static/field/models/record.js";
import { fetchList, refreshBundle } from "../../../static/field/models/refresh.js";
import { CHECKLIST, PERSON, SITE, bytesOf, freshStore, photoFile } from "./kit.js";

const item = (code, kinds = []) => ({ code, position: 1, section: "组", section_en: "Group", text: code, kinds });
const GENERAL = { code: "zd-25", version: 1, title: "重点内容", site_kinds: [], check_kinds: [], is_own: false, items: [item("zd-01"), item("zd-02")] };
const FIVE = { code: "wxgl", version: 1, title: "五项管理", site_kinds: ["school"], check_kinds: ["special"], is_own: false, items: [item("wx-01", ["school"])] };
const PLACES = { code: "pxcs", version: 1, title: "场所", site_kinds: ["institution", "suspected"], check_kinds: ["canvass", "sweep"], is_own: false, items: [item("cs-01", ["institution", "suspected"]), item("cs-03", ["institution"])] };
const OWN = { code: "361129-fire", version: 3, title: "消防", site_kinds: [], check_kinds: [], is_own: true, items: [item("f-1")] };
const NATIONAL = [GENERAL, FIVE, PLACES];
const SCHOOL = { id: "s", name: "幸福小学", kind: "school" };
const SUSPECT = { id: "b", name: "小太阳", kind: "suspected" };
const DEVICE = { id: "d", sequence: 1, user_agent: "", clock_offset_ms: 0 };

for (const [site, kind, lists, code] of [
  [SCHOOL, "routine", NATIONAL, "zd-25"],
  [SCHOOL, "special", NATIONAL, "wxgl"],
  [SUSPECT, "special", NATIONAL, "zd-25"],
  [SUSPECT, "canvass", NATIONAL, "pxcs"],
  [{ kind: "institution" }, "sweep", NATIONAL, "pxcs"],
  [{ kind: "institution" }, "routine", NATIONAL, "zd-25"],
  [SCHOOL, "routine", [...NATIONAL, OWN], "361129-fire"],
  [SCHOOL, "special", [...NATIONAL, OWN], "wxgl"],
  [SUSPECT, "routine", [FIVE], undefined],
  [SCHOOL, "routine", [], undefined],
]) {
  test(`at a ${site.kind} in a ${kind} check of ${lists.length} lists ${code ?? "none"} is proposed`, () => assert.equal(proposed(lists, site, kind)?.code, code));
}

test("lists for other kinds of site can still be chosen, after those that suit", () => {
  const { suiting, others } = sorted(NATIONAL, SUSPECT, "canvass");
  assert.deepEqual([suiting.map(({ code }) => code), others.map(({ code }) => code)], [["pxcs", "zd-25"], ["wxgl"]]);
});

test("an item for another kind of site is not asked", () => {
  assert.deepEqual(listFor(PLACES, SUSPECT).items.map(({ code }) => code), ["cs-01"]);
  assert.equal(listFor(GENERAL, SUSPECT).items.length, 2);
  assert.equal(listFor(null, SUSPECT), null);
});

const BODY = { person: { id: PERSON }, vocabulary: { check_kinds: [] }, county: { code: "361129" }, officers: [], townships: [], tasks: [], problems: [], sites: { columns: ["id"], rows: [] } };
const NEWER = { ...GENERAL, version: 2, items: [item("zd-01"), item("zd-03")] };

function bundleWith(checklists, tag) {
  const tags = Object.fromEntries([...Object.keys(BODY), "checklists"].map((name) => [name, `${name}-${name === "checklists" ? tag : 1}`]));
  return async () => new Response(JSON.stringify({ ...BODY, person_id: PERSON, checklists, tags }), { status: 200 });
}

test("a draft is finished with the list that it was begun with, though the bundle brought a new version", async () => {
  const store = freshStore();
  assert.equal(await refreshBundle(store, PERSON, { fetch: bundleWith([GENERAL], "a") }), "new");
  const first = new Bundle(await store.bundle(PERSON));
  const begun = newDraft({ personId: PERSON, site: SCHOOL, checklist: listFor(proposed(first.checklists, SCHOOL, "routine"), SCHOOL) });
  await store.saveDraft(answered(begun, "zd-02", "compliant"));
  assert.equal(await refreshBundle(store, PERSON, { fetch: bundleWith([NEWER], "b") }), "new");
  const [draft] = await store.drafts();
  const record = makeRecord(draft, DEVICE, draft.list, new Date());
  assert.deepEqual(record.checklist, { code: "zd-25", version: 1 });
  assert.deepEqual(record.answers.map(({ item, verdict }) => [item, verdict]), [["zd-01", "unseen"], ["zd-02", "compliant"]]);
});

test("a draft keeps its list even when the phone was another's meanwhile and its bundle is gone", async () => {
  const store = freshStore();
  await store.saveDraft(newDraft({ personId: PERSON, site: SCHOOL, checklist: listFor(GENERAL, SCHOOL) }));
  await refreshBundle(store, PERSON, { fetch: bundleWith([NEWER], "b") });
  const bundle = new Bundle(await store.bundle(PERSON));
  assert.equal(bundle.checklist({ code: "zd-25", version: 1 }), null);
  assert.equal((await store.drafts())[0].list.items.length, 2);
});

test("drafts of before find their version among the earlier ones, and new ones are offered the new one alone", async () => {
  const store = freshStore();
  await refreshBundle(store, PERSON, { fetch: bundleWith([GENERAL, FIVE], "a") });
  await refreshBundle(store, PERSON, { fetch: bundleWith([NEWER, FIVE], "b") });
  const bundle = new Bundle(await store.bundle(PERSON));
  assert.deepEqual(bundle.checklists.map(({ version }) => version), [2, 1]);
  assert.deepEqual(bundle.earlier_checklists.map(({ code, version }) => [code, version]), [["zd-25", 1]]);
  assert.equal(bundle.checklist({ code: "zd-25", version: 1 }).items[1].code, "zd-02");
});

test("an earlier version is kept once, and goes when it is offered again", () => {
  const kept = { checklists: [NEWER], earlier_checklists: [GENERAL, NEWER] };
  assert.deepEqual(earlier([{ ...GENERAL, version: 3 }], kept).map(({ version }) => version), [2, 1]);
  assert.deepEqual(earlier([GENERAL], kept).map(({ version }) => version), [2]);
  assert.equal(earlier([], { checklists: Array.from({ length: 50 }, (_, version) => ({ ...GENERAL, version })) }).length, 20);
});

test("a version that the phone lost is asked for; without a signal there is none", async () => {
  const asked = [];
  const fetch = async (address) => asked.push(address) && new Response(JSON.stringify(GENERAL));
  assert.equal((await fetchList({ code: "zd-25", version: 1 }, { fetch })).items.length, 2);
  assert.deepEqual(asked, ["/api/v1/field/checklists/zd-25/1"]);
  for (const answer of [async () => Promise.reject(new TypeError("offline")), async () => new Response("", { status: 404 }), async () => new Response("<html>")]) {
    assert.equal(await fetchList({ code: "zd-25", version: 1 }, { fetch: answer }), null);
  }
});

test("after another list was chosen its items are answered, and photos prove nothing of the other", async () => {
  const photo = await photoFile(bytesOf("a"));
  const begun = newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST });
  const answeredOnce = noted(answered(begun, "zd-15", "not_compliant"), "zd-15", "无证");
  const draft = listed(proving(withFile(answeredOnce, photo), photo.id, "zd-15"), listFor(PLACES, SUSPECT));
  const record = makeRecord(draft, DEVICE, draft.list, new Date());
  assert.deepEqual(record.checklist, { code: "pxcs", version: 1 });
  assert.deepEqual(record.answers.map((each) => each.item), ["cs-01"]);
  assert.equal(record.files[0].item, null);
  const back = makeRecord(listed(draft, CHECKLIST), DEVICE, CHECKLIST, new Date());
  assert.deepEqual([back.files[0].item, back.answers.at(-1).note], ["zd-15", "无证"]);
});
