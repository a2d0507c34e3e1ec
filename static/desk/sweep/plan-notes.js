// What is said of a plan as a whole: how its hours fit, and who changed what when.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { timesUsual } from "./plan-model.js";
import { button } from "./plan-rows.js";

/** The kind of day, how likely somebody is there, and better days. */
export function hoursOfPlan({ fit, stops }) {
  const words = [fit.label, fit.holiday].filter(Boolean).join(" · ");
  const better = fit.better.map(({ day, start, end, rate, label }) => el("li", {}, t("{day} {label} {start}:00–{end}:00，", { day: day.slice(5), label, start, end }), timesUsual(rate)));
  return [
    el("p", {}, el("strong", {}, words), fit.rate !== null && stops.length > 0 && el("span", {}, " ", t("这个时段，{n} 处有人的可能平均", { n: fit.known }), timesUsual(fit.rate))),
    fit.is_late && el("p", { class: "small sweep-said", "data-state": "due" }, icon("clock"), el("span", {}, t("超出 8:00–21:00：夜间不得进入住宅检查，住宅里的点位请排在前面。"))),
    fit.doubts.map((doubt) => el("p", { class: "small muted" }, doubt)),
    better.length > 0 && el("details", {}, el("summary", {}, t("换个时间会更好")), el("ul", { class: "small" }, better)),
  ];
}

/** Every revision with who, when and what; `act(step, words)` goes back to one. */
export async function showHistory(api, mayEdit, act, refused) {
  const dialog = document.getElementById("plan-history");
  const list = dialog.querySelector("ol");
  fill(list, el("li", { class: "muted" }, t("正在读取…")));
  if (!dialog.open) dialog.showModal();
  const back = (number) => {
    dialog.close();
    act({ kind: "restore", revision: number }, t("已回到第 {n} 版", { n: number }));
  };
  try {
    const found = await api.revisions();
    fill(list, found.length ? found.map((each, place) => revision(each, place > 0 && mayEdit, back)) : el("li", { class: "muted" }, t("还没有改动。")));
  } catch (error) {
    dialog.close();
    refused(error);
  }
}

function revision({ number, at, by, differences }, mayGoBack, back) {
  return el("li", {},
    el("p", {}, el("strong", {}, t("第 {n} 版", { n: number })), " ", el("span", { class: "muted small" }, `${by} ${at}`)),
    differences.map((words) => el("p", { class: "small" }, words)),
    mayGoBack && button(t("回到这一版"), () => back(number), { kind: "quiet" }));
}
