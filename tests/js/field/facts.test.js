import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Bundle, folded } from "../../../static/field/models/bundle.js";
import { differences } from "../../../static/field/models/difference.js";
import { missing, newDraft, steps } from "../../../static/field/models/draft.js";
import { NOTHING, grouped, groupsFrom, groupsOf, observationLines, readGroup, stepOf, withGroup, withoutGroup } from "../../../static/field/models/facts.js";
import { makeRecord } from "../../../static/field/models/record.js";
import { PERSON, SITE } from "./kit.js";

// The same file is read by tests/inspections/rules/test_fact_vector.py.
const VECTOR = JSON.parse(readFileSync(new URL("../../inspections/rules/fact_vector.json", import.meta.url)));
const FORMS = VECTOR.forms;
const form = (subject) => FORMS.subjects.find((each) => each.subject === subject);
const read = (subject, given, values = {}) => readGroup({ id: "g", subject, day: "", about: "", given, ...values }, form(subject), FORMS, new Date(VECTOR.visited));

for (const { subject, given, day, about, facts, wrong } of VECTOR.cases) {
  test(`${subject} ${JSON.stringify(given).slice(0, 60)} ${day}${about.slice(0, 4)} is read as the server reads it`, () => {
    const found = read(subject, given, { day, about });
    assert.deepEqual(found.wrong, wrong ?? {});
    if (facts) assert.deepEqual(found.facts, facts);
  });
}

test("a time can be typed on a keypad that has no colon", () => {
  assert.deepEqual(read("after_school", { ends_at: "2030" }).facts, { ends_at: "20:30" });
  assert.deepEqual(read("after_school", { ends_at: "905" }).facts, { ends_at: "09:05" });
  assert.deepEqual(Object.keys(read("after_school", { ends_at: "2500" }).wrong), ["ends_at"]);
});

function draft() {
  return newDraft({ personId: PERSON, site: SITE });
}

function lesson(given) {
  const [begun, id] = withGroup(draft(), "lesson");
  return [grouped(begun, id, { about: "数学课" }, given), id];
}

test("each group is a step of its own, after the list", () => {
  const [each, id] = lesson({});
  assert.deepEqual(steps(null, { draft: each }), ["start", "facts", `fact-${id}`, "photos", "position", "signature", "finish"]);
  assert.deepEqual(steps(null), ["start", "photos", "position", "signature", "finish"]);
});

test("what is wrong blocks, and stays as it was typed", () => {
  const [each, id] = lesson({ starts_at: "19:00", ends_at: "25:00" });
  const [found] = missing(each, null, { factForms: FORMS }).filter(({ blocks }) => blocks);
  assert.deepEqual([found.step, found.text], [stepOf({ id }), "培训课 · 数学课：没有这个时间，请按 24 小时制填写，例如 20:30"]);
  assert.equal(groupsOf(each)[0].given.ends_at, "25:00");
  const mended = grouped(each, id, {}, { ends_at: "20:45" });
  assert.deepEqual(missing(mended, null, { factForms: FORMS }).filter(({ blocks }) => blocks), []);
});

test("an empty group is asked for or taken away, so that nothing is left out in silence", () => {
  const [each, id] = lesson({});
  assert.match(missing(each, null, { factForms: FORMS }).find(({ blocks }) => blocks).text, /至少填写一项/);
  assert.deepEqual(groupsOf(withoutGroup(each, id)), []);
});

test("the record holds what is known in plain form, and has the key only where there is something", () => {
  const device = { id: "d", sequence: 1, user_agent: "", clock_offset_ms: null };
  const [each, id] = lesson({ starts_at: "1900", ends_at: "２０：４５", lesson_minutes: "40", is_online: false, audience: "" });
  const record = makeRecord(each, device, null, new Date(), FORMS);
  assert.deepEqual(record.observations, [{ id, subject: "lesson", day: null, about: "数学课", facts: { starts_at: "19:00", ends_at: "20:45", lesson_minutes: 40, is_online: false } }]);
  assert.ok(!("observations" in makeRecord(draft(), device, null, new Date(), FORMS)));
});

test("a list that is known to be empty says so, since an empty list says nothing", () => {
  const [begun, id] = withGroup(draft(), "posting");
  const [line] = observationLines(grouped(begun, id, {}, { posted: [NOTHING] }), FORMS);
  assert.deepEqual(line.facts, { posted: [NOTHING] });
});

test("groups of a record that comes back can be mended, and are the same again", () => {
  const [each] = lesson({ starts_at: "19:00", ends_at: "20:45", is_online: true });
  const lines = observationLines(each, FORMS);
  assert.deepEqual(observationLines({ ...draft(), observations: groupsFrom(lines) }, FORMS), lines);
  assert.deepEqual(groupsFrom(undefined), []);
});

test("a phone that has lost the forms keeps what was typed", () => {
  const [each] = lesson({ ends_at: "20:45" });
  assert.deepEqual(observationLines(each, null)[0].facts, { ends_at: "20:45" });
});

test("two records under one number are told apart by their facts", () => {
  const [each] = lesson({ ends_at: "20:45" });
  const [found] = differences({ observations: observationLines(each, FORMS) }, { observations: [] });
  assert.match(found.mine, /数学课 · ends_at 20:45/);
  assert.equal(found.theirs, null);
});

test("a school is asked other things than an institution, and who may record nothing is asked nothing", () => {
  const body = { person: { id: PERSON }, tasks: [], problems: [], sites: { columns: ["id"], rows: [] }, vocabulary: {} };
  const bundle = (facts) => new Bundle({ body: folded({ ...body, ...(facts && { facts }) }), fetched_at: "" });
  const subjects = (kind) => bundle(FORMS).factsAt({ kind }).map(({ subject }) => subject);
  assert.deepEqual(subjects("school"), ["homework", "exam", "after_school", "advert"]);
  assert.ok(subjects("suspected").includes("lesson") && !subjects("institution").includes("exam"));
  assert.deepEqual(bundle({ subjects: [] }).factsAt({ kind: "school" }), []);
  assert.deepEqual(bundle(null).factsAt({ kind: "school" }), []);
});
