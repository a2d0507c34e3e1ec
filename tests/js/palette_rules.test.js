import assert from "node:assert/strict";
import { test } from "node:test";

import { matches, opensPalette } from "../../static/desk/palette_rules.js";

const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, target: { tagName: "BODY" }, ...more });

test("a slash opens the palette, but not inside a field", () => {
  assert.ok(opensPalette(press("/")));
  assert.ok(!opensPalette(press("/", { target: { tagName: "INPUT" } })));
  assert.ok(!opensPalette(press("/", { target: { tagName: "DIV", isContentEditable: true } })));
});

test("Ctrl+K and ⌘K open it anywhere", () => {
  assert.ok(opensPalette(press("k", { ctrlKey: true, target: { tagName: "TEXTAREA" } })));
  assert.ok(opensPalette(press("K", { metaKey: true })));
  assert.ok(!opensPalette(press("k")));
  assert.ok(!opensPalette(press("/", { ctrlKey: true })));
});

test("a key that an input method is composing with opens nothing", () => {
  assert.ok(!opensPalette(press("/", { isComposing: true })));
});

test("every word must occur; case and full width don't matter", () => {
  assert.ok(matches("热点", "热"));
  assert.ok(matches("Hotspots map", "MAP hot"));
  assert.ok(matches("A 区导入", "Ａ"));
  assert.ok(!matches("热点", "热 图"));
  assert.ok(matches("任务", ""));
});
