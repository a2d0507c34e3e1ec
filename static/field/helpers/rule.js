// Rules to be looked up on the spot: what they demand, and where that is written.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";

/** A rule closed under its title. */
export function foldedRule(app, rule) {
  const words = el("span", { class: "row-main" }, el("span", { class: "row-title" }, titleOf(app, rule)), el("span", { class: "row-detail" }, rule.lines.join(t("；"))));
  return el("details", { class: "rule" }, el("summary", {}, words, icon("down")), demands(rule), origin(rule));
}

/** What rules demand of one item of a checklist, closed under one word; null where there are none. */
export function rulesOfItem(app, rules) {
  if (!rules.length) return null;
  const each = rules.map((rule) => el("section", {}, el("h3", {}, titleOf(app, rule)), demands(rule), origin(rule)));
  return el("details", { class: "rule" }, el("summary", {}, icon("document"), el("span", {}, t("有 {n} 条规定", { n: rules.length })), icon("down")), each);
}

function titleOf(app, rule) {
  return (app.language === "en" && rule.title_en) || rule.title;
}

function demands({ lines }) {
  return el("ul", {}, lines.map((line) => el("li", {}, line)));
}

function origin({ quote, source, clause, valid_from }) {
  const where = [source, clause].filter(Boolean).join("，");
  return el("div", { class: "small" }, el("blockquote", { lang: "zh" }, quote), el("p", { class: "muted", lang: "zh" }, where), el("p", { class: "muted" }, t("自 {day} 起执行", { day: valid_from })));
}
