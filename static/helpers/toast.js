// The same markup as the `toast` macro. kind: "" | "ok" | "due" | "problem".

import { el, icon } from "./dom.js";
import { t } from "./i18n.js";

const SHAPES = { ok: "ok", due: "clock", problem: "warning" };

export function toast(text, kind = "") {
  const close = el("button", { class: "button button-quiet button-icon", type: "button", "data-closes": true }, icon("close", t("知道了")));
  const element = el(
    "div",
    { class: "toast", "data-state": kind || null, "data-controller": "desk/toast" },
    icon(SHAPES[kind] ?? "info"),
    el("span", {}, text),
    close,
  );
  document.getElementById("toasts").append(element);
  return element;
}
