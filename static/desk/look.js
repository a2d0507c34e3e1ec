// Theme and type size change at once and are kept on this device; with the account too, when it can be reached.
// The language is left to the form itself: the server writes the page in it.

import { t } from "../helpers/i18n.js";
import { toast } from "../helpers/toast.js";

export default function connect(form) {
  show(form);
  form.addEventListener("submit", (event) => {
    const { name, value } = event.submitter ?? {};
    if (name !== "theme" && name !== "type") return;
    event.preventDefault();
    document.documentElement.dataset[name] = value;
    keep();
    show(form);
    send(form, name, value);
  });
}

function show(form) {
  const { theme, type } = document.documentElement.dataset;
  for (const button of form.querySelectorAll("button[name=theme], button[name=type]")) {
    button.setAttribute("aria-pressed", String(button.value === (button.name === "theme" ? theme : type)));
  }
}

function keep() {
  const { theme, type } = document.documentElement.dataset;
  try {
    localStorage.setItem("look", JSON.stringify({ theme, type }));
  } catch {
    toast(t("这台设备不让保存设置，关闭页面后会恢复原样。"), "due");
  }
}

function send(form, name, value) {
  const body = new FormData(form);
  body.set(name, value);
  // A phone without signal keeps its own choice; there is nothing to tell the person.
  fetch(form.action, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
}
