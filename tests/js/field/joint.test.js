import assert from "node:assert/strict";
import { test } from "node:test";

import { answered, newDraft, noted, sections, steps } from "../../../static/field/models/draft.js";
import { departmentsOf, isAbsent, shares } from "../../../static/field/models/joint.js";
import { listFor } from "../../../static/field/models/lists.js";
import { makeRecord } from "../../../static/field/models/record.js";
import { CHECKLIST, PERSON, SITE } from "./kit.js";

const item = (code, department, section, kinds = []) => ({ code, department, section, section_en: section, position: 1, text: code, kinds });
const SHEET = {
  code: "lhjc",
  version: 1,
  title: "联合检查表",
  items: [item("cs-01", "education", "场所"), item("lh-1", "market", "场所"), item("lh-2", "market", "收费", ["institution"]), item("lh-3", "market", "场所"), item("lh-4", "fire", "疏散")],
};

test("a section that two departments share is a step for each of them", () => {
  const groups = sections(SHEET);
  assert.deepEqual(groups.map(({ title, department, items }) => [title, department, items.map(({ code }) => code)]), [
    ["场所", "education", ["cs-01"]],
    ["场所", "market", ["lh-1", "lh-3"]],
    ["收费", "market", ["lh-2"]],
    ["疏散", "fire", ["lh-4"]],
  ]);
  assert.equal(steps(SHEET).filter((step) => step.startsWith("items-")).length, 4);
});

test("the items of another kind of site are asked of no department", () => {
  const list = listFor(SHEET, { kind: "suspected" });
  assert.deepEqual(shares(list, sections(list), {}).map(({ department, asked, step }) => [department, asked, step]), [
    ["education", 1, "items-1"],
    ["market", 2, "items-2"],
    ["fire", 1, "items-3"],
  ]);
});

test("each department's share counts its own answers and problems", () => {
  let draft = newDraft({ personId: PERSON, site: SITE, kind: "sweep", checklist: SHEET });
  draft = noted(answered(answered(draft, "lh-1", "compliant"), "lh-4", "not_compliant"), "lh-4", "后门上锁");
  const found = shares(SHEET, sections(SHEET), draft.answers).map(({ department, answered: said, problems }) => [department, said, problems]);
  assert.deepEqual(found, [["education", 0, 0], ["market", 1, 0], ["fire", 1, 1]]);
});

test("a list of one department is no joint sheet", () => {
  assert.deepEqual(departmentsOf(CHECKLIST), []);
  assert.deepEqual(departmentsOf({ items: [item("a", "fire", "x"), item("b", "fire", "x")] }), []);
  assert.deepEqual(departmentsOf(null), []);
  assert.deepEqual(shares(CHECKLIST, sections(CHECKLIST), {}), []);
});

test("who did not come along is known from the packet alone, and is no part of the record", () => {
  const joint = [{ kind: "market", on_team: true }, { kind: "fire", on_team: false }];
  assert.deepEqual(["market", "fire", "urban"].map((kind) => isAbsent(joint, kind)), [false, true, false]);
  assert.equal(isAbsent(null, "fire"), false);
  const draft = newDraft({ personId: PERSON, site: SITE, kind: "sweep", checklist: SHEET, joint });
  const record = makeRecord(draft, { id: "d", sequence: 1, user_agent: "", clock_offset_ms: 0 }, SHEET, new Date("2026-11-21T12:40:00Z"));
  assert.equal("joint" in record, false);
});
