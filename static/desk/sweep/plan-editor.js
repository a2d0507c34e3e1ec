// What can be set of one stop: its approach, minutes, window, exemption; and why it is dropped.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { onSweepDay } from "./plan-model.js";
import { button } from "./plan-rows.js";

const WHYS = () => [t("已停业或搬走"), t("刚查过"), t("其他部门正在办案"), t("当天有考试或活动"), t("人手不够，下次去")];

/** `save(step)` sends one step. */
export function editor(stop, plan, save) {
  const approach = el("textarea", { class: "input", rows: 3, maxlength: 2000, id: `a-${stop.id}`, placeholder: t("例如：走北门，不开警灯；一人守后门，先亮证再进") });
  approach.value = stop.approach;
  const minutes = el("input", { class: "input", type: "number", min: 1, max: 480, id: `m-${stop.id}`, placeholder: String(plan.service_minutes), value: stop.service_minutes ?? "" });
  const earliest = el("input", { class: "input", type: "time", id: `e-${stop.id}`, value: stop.earliest.slice(11) });
  const latest = el("input", { class: "input", type: "time", id: `l-${stop.id}`, value: stop.latest.slice(11) });
  const exemption = el("input", { class: "input", maxlength: 200, id: `x-${stop.id}`, value: stop.exemption });
  const form = el("form", { class: "form sweep-editor" },
    labelled(approach, t("怎么进入")),
    el("div", { class: "form-row" }, labelled(earliest, t("最早进入")), labelled(latest, t("最晚进入")), labelled(minutes, t("用时（分钟）"))),
    labelled(exemption, t("不计入年度次数的理由")),
    el("div", { class: "form-actions" }, submit(t("保存")), stop.link && button(t("不再同时进入"), () => save([{ kind: "link", stop_ids: [stop.id], linked: false }]))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = minutes.value === "" ? null : Number(minutes.value);
    save([
      approach.value.trim() !== stop.approach && { kind: "approach", stop_id: stop.id, approach: approach.value },
      (earliest.value !== stop.earliest.slice(11) || latest.value !== stop.latest.slice(11)) && { kind: "window", stop_id: stop.id, earliest_at: onSweepDay(earliest.value, plan.starts_at), latest_at: onSweepDay(latest.value, plan.starts_at) },
      number !== stop.service_minutes && { kind: "service", stop_id: stop.id, service_minutes: number },
      exemption.value.trim() !== stop.exemption && { kind: "exemption", stop_id: stop.id, exemption: exemption.value },
    ].filter(Boolean));
  });
  return form;
}

function labelled(input, words) {
  return el("div", { class: "field" }, el("label", { for: input.id }, words), input);
}

function submit(words) {
  return el("button", { class: "button button-primary", type: "submit" }, words);
}

/** Asks why a stop is dropped, with what comes up often as one press. `done(reason)`. */
export function askDrop(stop, done) {
  const dialog = el("dialog", { class: "dialog", "aria-label": t("去掉{name}", { name: stop.name ?? "" }) });
  const words = el("input", { class: "input", id: "drop-why", maxlength: 200, required: true, autocomplete: "off" });
  const form = el("form", { class: "form" },
    el("div", { class: "chips" }, WHYS().map((why) => {
      const chip = el("button", { class: "chip", type: "button" }, why);
      chip.addEventListener("click", () => finish(why));
      return chip;
    })),
    labelled(words, t("或写明为什么不去")),
    el("div", { class: "form-actions" }, submit(t("去掉")), button(t("取消"), () => dialog.close(), { kind: "quiet" })));
  const finish = (why) => {
    dialog.close();
    done(why);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (words.value.trim()) finish(words.value.trim());
  });
  dialog.append(el("div", { class: "dialog-body" }, el("h2", {}, t("去掉“{name}”", { name: stop.name ?? "" })), form));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
