// What the phone says of a night: states of stops, what can be said at them, calls for support.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { button, chips, field, notice } from "./parts.js";

const STATES = {
  waiting: ["unknown", () => t("待前往")],
  under_way: ["due", () => t("前往中")],
  arrived: ["due", () => t("已到达")],
  entered: ["due", () => t("检查中")],
  done: ["ok", () => t("已完成")],
  closed: ["problem", () => t("关门无人")],
  moved: ["problem", () => t("已搬离")],
  refused: ["problem", () => t("拒绝检查")],
  dropped: ["unknown", () => t("不再前往")],
};
const KINDS = {
  on_duty: () => t("到岗"),
  off_duty: () => t("离岗"),
  set_out: () => t("出发前往"),
  arrived: () => t("到达"),
  entered: () => t("进入检查"),
  done: () => t("检查完成"),
  closed: () => t("关门无人"),
  moved: () => t("已搬离"),
  refused: () => t("拒绝检查"),
  support: () => t("请求支援"),
  incident: () => t("突发情况"),
  reply: () => t("回复指挥部"),
};
const STEPS = { set_out: ["route", () => t("出发")], arrived: ["location", () => t("到达")], entered: ["check", () => t("进入检查")], done: ["tick", () => t("检查完成")] };
const REASONS = {
  danger: () => t("人身安全受到威胁"),
  crowd: () => t("人员聚集、围堵"),
  obstructed: () => t("阻挠检查"),
  police: () => t("需要公安到场"),
  hazard: () => t("发现重大安全隐患"),
  other: () => t("其他情况"),
};
const PAUSES = {
  offline: () => t("没有信号。说的都存在手机上，有信号会自动送出。"),
  captive: () => t("网络要求先登录或被拦截，换成手机流量就好。"),
  signed_out: () => t("登录已过期。说的都在手机上，重新登录后送出。"),
};

/** [kind, words] of a stop; one that was given to others says so. */
export function stopState({ state, isGone }) {
  if (isGone) return ["unknown", t("已改派，不用去")];
  const [kind, words] = STATES[state] ?? STATES.waiting;
  return [kind, words()];
}

export function kindWords(kind) {
  return KINDS[kind]?.() ?? kind;
}

/** [icon, words] of the next step at a stop. */
export function stepWords(kind) {
  const [icon, words] = STEPS[kind];
  return [icon, words()];
}

export function supportWords(reason) {
  return REASONS[reason]?.() ?? t("请求支援");
}

/** What command says or did, in one sentence. */
export function newsWords({ kind, words, stop_name: name, is_taken }) {
  const deeds = {
    reassigned: () => (is_taken ? t("“{name}”已改派给别的小组，不用去了", { name }) : t("改派给本组：{name}", { name })),
    added: () => t("新增点位：{name}", { name }),
    dropped: () => t("取消点位：{name}", { name }),
    reopened: () => t("请再去一次：{name}", { name }),
    resolved: () => t("指挥部已处置"),
  };
  return [deeds[kind]?.(), words].filter(Boolean).join(" · ");
}

export function nightPause(reason) {
  return reason ? (PAUSES[reason]?.() ?? t("服务器正忙，会自动再试。说的都在手机上。")) : "";
}

/** "20:15–20:45"; "" for a stop that was added on the way. */
export function hours({ enters_at, leaves_at }) {
  return enters_at ? `${clock(enters_at)}–${leaves_at ? clock(leaves_at) : ""}` : "";
}

/** From below comes a sheet in which something is said; resolves with what `build(close)` closes it with, null if not at all. */
export function sheet(title, build) {
  const dialog = el("dialog", { class: "dialog sheet", "aria-label": title });
  return new Promise((resolve) => {
    let said = null;
    const close = (value) => {
      said = value;
      dialog.close();
    };
    fill(dialog, el("div", { class: "stack night-sheet" }, el("h2", {}, title), build(close)));
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(said);
    });
    document.getElementById("main").append(dialog);
    dialog.showModal();
  });
}

/** { support, words } that somebody calls for help with, null where it was only a touch. */
export function askSupport() {
  return sheet(t("请求支援"), (close) => {
    let support = null;
    const words = el("textarea", { rows: 2, maxlength: 500 });
    const lack = el("p", { class: "field-error", role: "alert" });
    const reasons = chips(t("原因"), Object.entries(REASONS).map(([reason, say]) => [reason, say()]), null, (chosen) => (support = chosen));
    const send = button(t("马上求援"), { kind: "danger", iconName: "warning", wide: true, onPress: () => (support ? close({ support, words: words.value }) : fill(lack, t("请选择需要支援的原因"))) });
    return [notice(t("会立即送到指挥部，连同您现在的位置。情况紧急请直接打 110。"), "problem"), reasons, lack, field(t("说明"), words, { optional: true }), send, button(t("取消"), { wide: true, onPress: () => close(null) })];
  });
}

/** Words that somebody wants to say, null where there are none. */
export function askWords(title, { hint = "", send = t("发送") } = {}) {
  return sheet(title, (close) => {
    const words = el("textarea", { rows: 3, maxlength: 500 });
    const lack = el("p", { class: "field-error", role: "alert" });
    const go = button(send, { kind: "primary", wide: true, onPress: () => (words.value.trim() ? close(words.value.trim()) : fill(lack, t("请写明内容"))) });
    return [field(t("内容"), words, { hint }), lack, go, button(t("取消"), { wide: true, onPress: () => close(null) })];
  });
}
