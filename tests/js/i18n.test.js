import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { setMessages, t } from "../../static/helpers/i18n.js";

afterEach(() => setMessages({}));

test("Chinese stands without a catalogue", () => {
  assert.equal(t("还有 {n} 张照片", { n: 3 }), "还有 3 张照片");
});

test("a catalogue gives the other language, with its own order of values", () => {
  setMessages({ "{who} 于 {when} 提交": "Submitted {when} by {who}" });
  assert.equal(t("{who} 于 {when} 提交", { who: "王敏", when: "14:05" }), "Submitted 14:05 by 王敏");
});

test("an untranslated or empty entry falls back to Chinese", () => {
  setMessages({ 地图: "" });
  assert.equal(t("地图"), "地图");
  assert.equal(t("点位"), "点位");
});

test("a value is put in once and never read as a template or a pattern", () => {
  assert.equal(t("{a}{b}", { a: "{b}", b: "$&" }), "{b}$&");
});

test("a language with a plural chooses by the number", () => {
  setMessages({ "{n} 个点位": "{n} {n:site|sites}" });
  assert.equal(t("{n} 个点位", { n: 1 }), "1 site");
  assert.equal(t("{n} 个点位", { n: 0 }), "0 sites");
  assert.equal(t("{n} 个点位", { n: "1" }), "1 site");
});

test("a missing value leaves its name to be seen", () => {
  assert.equal(t("共 {n} 条"), "共 {n} 条");
});

test("names of Object.prototype are neither words nor values", () => {
  setMessages({});
  assert.equal(t("constructor"), "constructor");
  assert.equal(t("{toString}"), "{toString}");
});
