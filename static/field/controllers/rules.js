// 规则: what holds today, looked up on the spot and without a signal.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { empty, linkButton, section } from "../helpers/parts.js";
import { foldedRule } from "../helpers/rule.js";
import { live, nothingYet } from "./live.js";

export default async function rules(screen) {
  const { app } = screen;
  screen.frame({ title: t("规则"), back: "/m/me" });
  const search = el("input", { class: "input", type: "search", placeholder: t("搜规则，例如 收费"), "aria-label": t("搜规则，例如 收费"), enterkeyhint: "search" });
  const list = el("div", { class: "stack" });
  const draw = () => fill(list, found(app, search.value));
  search.addEventListener("input", draw);
  await live(screen, async () => {
    if (!app.bundle) return nothingYet(screen);
    screen.show(search, list);
    draw();
  });
}

function found(app, typed) {
  const rules = app.bundle.searchRules(typed);
  if (rules.length) return [...bySubject(rules)].map(([subject, its]) => section(subject, el("div", { class: "rules" }, its.map((rule) => foldedRule(app, rule)))));
  if (typed.trim()) return empty(t("没有找到“{typed}”", { typed: typed.trim() }), t("换一个词，或者清空看全部规则。"), null, "search");
  return empty(t("手机上还没有规则"), t("请在“我的”里更新数据。"), linkButton(t("去更新"), "/m/me"), "document");
}

function bySubject(rules) {
  const groups = new Map();
  for (const rule of rules) groups.set(rule.subject, [...(groups.get(rule.subject) ?? []), rule]);
  return groups;
}
