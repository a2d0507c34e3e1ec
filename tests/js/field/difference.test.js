import assert from "node:assert/strict";
import { test } from "node:test";

import { differences } from "../../../static/field/models/difference.js";

const MINE = {
  kind: "routine",
  summary: "晚上还在上课",
  answers: [{ item: "zd-01", verdict: "compliant", note: "" }, { item: "zd-02", verdict: "not_compliant", note: "周考" }],
  signature: { refused: null },
  files: [{ sha256: "a".repeat(64), caption: "门口" }, { sha256: "b".repeat(64), caption: "" }],
};

test("two records that say the same differ in nothing", () => {
  assert.deepEqual(differences(MINE, structuredClone(MINE)), []);
});

test("each field that differs is named with both values, answers and photos too", () => {
  const theirs = structuredClone(MINE);
  theirs.summary = "";
  theirs.answers[1].verdict = "compliant";
  theirs.files[0].caption = "大门";
  theirs.files.pop();
  theirs.signature.refused = "拒绝签字";
  const words = (field, value) => ({ not_compliant: "不符合", compliant: "符合" })[value] ?? value;
  assert.deepEqual(differences(MINE, theirs, words).map(({ label, mine, theirs: other }) => [label, mine, other]), [
    ["总的情况", "晚上还在上课", null],
    ["没有签字的原因", null, "拒绝签字"],
    ["zd-02", "不符合：周考", "符合：周考"],
    ["照片 门口", "门口", "大门"],
    ["照片 bbbbbbbb", "有", null],
  ]);
});

test("a record of another version that lacks whole parts is compared all the same", () => {
  assert.equal(differences(MINE, {}).length > 3, true);
});
