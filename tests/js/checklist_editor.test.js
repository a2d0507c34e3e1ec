import assert from "node:assert/strict";
import { test } from "node:test";

import { nextCode } from "../../static/desk/checklist-editor.js";

for (const [codes, next] of [
  [[], "1"],
  [["zd-01", "zd-25", "zd-03"], "zd-26"],
  [["a-9"], "a-10"],
  [["f-1", ""], "f-2"],
  [["消防", "x"], ""],
]) {
  test(`after ${codes.join(" ") || "nothing"} comes ${next || "what a person writes"}`, () => assert.equal(nextCode(codes), next));
}
