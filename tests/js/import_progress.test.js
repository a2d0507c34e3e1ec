import assert from "node:assert/strict";
import { test } from "node:test";

import { words } from "../../static/desk/import-progress.js";

test("an import that writes says how far it is", () => {
  assert.equal(words({ state: "正在导入", done: 5000, total: 50000 }), "正在导入：5000 / 50000 行");
});

test("an import that only waits says so", () => {
  assert.equal(words({ state: "等待试读", done: 0, total: 0 }), "等待试读");
});
