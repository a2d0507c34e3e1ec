// Questions that a new site and a tip have in common: where exactly, and by what it can be known again.

import { el } from "../../helpers/dom.js";
import { marked, t } from "../../helpers/i18n.js";
import { field } from "../helpers/parts.js";
import { KINDS } from "../models/clues.js";

const ROOMS = [["compound", marked("小区或村")], ["building", marked("楼栋")], ["unit", marked("单元")], ["floor", marked("楼层")], ["room", marked("室")]];
const CLUES = {
  phone: [marked("广告上的电话"), "tel"],
  teacher: [marked("老师姓名"), "text"],
  payment: [marked("收款码或账号"), "text"],
  wechat: [marked("微信号或微信群"), "text"],
  advert: [marked("广告或招牌上的话"), "text"],
};

/** A line to type in: `given` is what stands there, `set(text)` is told of every change. */
export function line(given, set, attributes = {}) {
  const input = el("input", { type: "text", value: given ?? "", autocomplete: "off", ...attributes });
  input.addEventListener("input", () => set(input.value));
  return input;
}

/** Compound over the whole width, the rest two in a line. `names`: which are asked for. */
export function roomFields(about, set, names = ROOMS.map(([name]) => name)) {
  const [compound, ...rest] = ROOMS.filter(([name]) => names.includes(name)).map(([name, words]) => field(t(words), line(about[name], (text) => set({ [name]: text }), { maxlength: 60 }), { optional: name === "compound" }));
  return el("div", { class: "stack-tight" }, compound, el("div", { class: "field-pairs" }, rest));
}

/** Closed under one word: who has none of it goes past. */
export function clueFields(about, set) {
  const typed = { ...about.clues };
  const fields = KINDS.map((kind) => {
    const [words, type] = CLUES[kind];
    const keep = (text) => {
      typed[kind] = text;
      set({ clues: { ...typed } });
    };
    return field(t(words), line(typed[kind], keep, { type: type === "tel" ? "text" : type, inputmode: type, maxlength: 200 }));
  });
  const isGiven = Object.values(typed).some(Boolean);
  return el("details", { class: "more-fields", open: isGiven }, el("summary", {}, t("能认出它的：电话、老师、收款码、微信群、招牌")), el("div", { class: "stack" }, el("p", { class: "muted small" }, t("有几个就用逗号隔开。换了地方，凭这些还能找到它。")), fields));
}
