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
  const toasts = document.getElementById("toasts");
  toasts.append(element);
  raise(toasts);
  return element;
}

// An open dialog covers everything outside itself, so the toasts go inside it for as long as it is open.
function raise(toasts) {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (!dialog || dialog.contains(toasts)) return;
  dialog.append(toasts);
  dialog.addEventListener("close", () => document.body.append(toasts), { once: true });
}
