// <div data-controller="desk/bulletin-editor">: each section is a form that saves itself when the typing rests, on
// Ctrl+S and when it is left. What isn't saved is kept in this tab until it is, and two people are told of each
// other with both texts.

import { el, fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const REST_MS = 1500;

export default function connect(root) {
  const said = root.querySelector("[data-said]");
  const forms = [...root.querySelectorAll("form[data-section]")];
  const parts = forms.map((form) => begin(form, `bulletin ${root.dataset.keep} ${form.dataset.section}`, tell));
  let timer = 0;

  function tell(words) {
    if (said) said.textContent = words;
  }
  const saveAll = () => Promise.all(parts.map((part) => part.save()));
  const typed = () => {
    clearTimeout(timer);
    for (const part of parts) part.keep();
    timer = setTimeout(saveAll, REST_MS);
  };
  const pressed = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      saveAll();
    }
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const place = parts.findIndex((part) => part.area === document.activeElement);
    if (!event.altKey || !by || place < 0 || !parts[place + by]) return;
    event.preventDefault();
    parts[place + by].area.focus();
  };
  const leaving = (event) => parts.some((part) => part.isChanged()) && event.preventDefault();

  root.addEventListener("input", typed);
  root.addEventListener("focusout", saveAll);
  addEventListener("keydown", pressed);
  addEventListener("beforeunload", leaving);
  return () => {
    clearTimeout(timer);
    removeEventListener("keydown", pressed);
    removeEventListener("beforeunload", leaving);
  };
}

function begin(form, key, tell) {
  const area = form.elements.text;
  const state = form.querySelector("[data-state]");
  const box = form.querySelector("[data-clash]");
  let stored = area.value;
  let saving = null;

  const isChanged = () => area.value !== stored;
  const keep = () => (isChanged() ? remember(key, area.value) : forget(key));
  const kept = recall(key);
  if (kept !== null && kept !== stored) offer(kept);

  function offer(text) {
    const take = el("button", { type: "button", class: "button" }, t("接着用没保存的文字"));
    const drop = el("button", { type: "button", class: "button button-quiet" }, t("不要了"));
    take.addEventListener("click", () => {
      area.value = text;
      close();
      save();
    });
    drop.addEventListener("click", () => {
      forget(key);
      close();
    });
    open(el("p", {}, t("上次有文字没有保存：")), el("p", { class: "clash-text", lang: "zh-CN" }, text), take, drop);
  }

  async function save() {
    if (saving) return saving;
    if (!isChanged() || !box.hidden) return undefined;
    saving = send();
    try {
      return await saving;
    } finally {
      saving = null;
    }
  }

  async function send() {
    const text = area.value;
    state.textContent = t("正在保存…");
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams({ text, revision: form.elements.revision.value }),
      });
    } catch {
      return fail(t("没有连上服务器，文字留在这台电脑上，连上后会再保存"));
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.status === 409 && "revision" in body) return clash(body);
    if (!answer.ok) return fail(body.message ?? t("没有保存，请重试"));
    stored = text;
    form.elements.revision.value = body.revision;
    keep();
    state.textContent = t("已保存");
    tell(t("已保存"));
    return undefined;
  }

  function fail(words) {
    keep();
    state.textContent = words;
    tell(words);
  }

  function clash({ text, revision, message }) {
    const mine = el("button", { type: "button", class: "button button-primary" }, t("用我的，替换对方的"));
    const theirs = el("button", { type: "button", class: "button" }, t("用对方的"));
    mine.addEventListener("click", () => {
      form.elements.revision.value = revision;
      stored = text;
      close();
      save();
    });
    theirs.addEventListener("click", () => {
      form.elements.revision.value = revision;
      area.value = stored = text;
      forget(key);
      close();
      state.textContent = t("已换成对方的文字");
    });
    keep();
    state.textContent = message;
    tell(message);
    open(el("p", {}, message), el("p", { class: "clash-text", lang: "zh-CN" }, text), mine, theirs);
  }

  function open(...children) {
    fill(box, ...children);
    box.hidden = false;
  }
  function close() {
    fill(box);
    box.hidden = true;
    area.focus();
  }

  form.addEventListener("submit", () => {
    stored = area.value;
    forget(key);
  });
  return { area, isChanged, keep, save };
}

// A browser may refuse to keep anything; the text is still on the screen then.
function remember(key, text) {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    /* nothing is kept */
  }
}

function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    /* nothing was kept */
  }
}
