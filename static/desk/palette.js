// The keyboard palette: / or Ctrl+K opens it; it goes to a page of the rail or to what the server finds.
// The server answers data-search?q=… with {"results": [{"label", "hint", "href", "icon"}]}.

import { el, fill, icon, refuseAttribute } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { matches, opensPalette } from "./palette_rules.js";

const WAIT_MS = 150;

export default function connect(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const note = dialog.querySelector("[role=status]");
  let asking = new AbortController();
  let timer;

  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.value = "";
    renew();
  };
  const onKey = (event) => {
    if (!opensPalette(event)) return;
    event.preventDefault();
    open();
  };
  const onPress = (event) => {
    if (event.target.closest?.('[data-opens="palette"]')) open();
    else if (event.target === dialog) dialog.close();
  };
  const renew = () => {
    asking.abort();
    clearTimeout(timer);
    const words = input.value.trim();
    const here = pages(words);
    show(list, input, here);
    note.textContent = t("↑ ↓ 选择，回车打开，Esc 关闭");
    if (!words) return;
    asking = new AbortController();
    timer = setTimeout(() => ask(words, here, asking.signal), WAIT_MS);
  };
  const ask = async (words, here, signal) => {
    try {
      const found = await search(dialog.dataset.search, words, signal);
      show(list, input, [...found, ...here]);
      if (!found.length && !here.length) note.textContent = t("没有找到“{words}”", { words });
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = t("现在搜索不了，只能跳转到页面。");
    }
  };

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onPress);
  input.addEventListener("input", renew);
  input.addEventListener("keydown", (event) => move(event, list, input));
  return () => {
    asking.abort();
    document.removeEventListener("keydown", onKey);
    document.removeEventListener("click", onPress);
  };
}

function pages(words) {
  const links = [...document.querySelectorAll(".desk-rail a")];
  return links
    .map((link) => ({ label: link.textContent.trim(), href: link.href, hint: t("页面"), icon: "next" }))
    .filter(({ label }) => matches(label, words));
}

async function search(address, words, signal) {
  const answer = await fetch(`${address}?q=${encodeURIComponent(words)}`, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`search: ${answer.status}`);
  return (await answer.json()).results;
}

function show(list, input, results) {
  fill(list, results.map((result, index) => option(result, index)));
  choose(list, input, results.length ? 0 : -1);
}

function option(result, index) {
  refuseAttribute("href", result.href);
  const element = el(
    "li",
    { role: "option", id: `palette-${index}`, "aria-selected": "false" },
    icon(result.icon || "location"),
    el("span", {}, result.label),
    result.hint ? el("span", { class: "hint" }, result.hint) : null,
  );
  element.addEventListener("click", () => go(element, result.href));
  return element;
}

/** A page that can show it without loading anew (the map) answers desk:go by preventing its default. */
function go(element, href) {
  element.closest("dialog").close();
  const isFree = document.dispatchEvent(new CustomEvent("desk:go", { detail: { href }, cancelable: true }));
  if (isFree) location.assign(href);
}

function move(event, list, input) {
  const options = [...list.children];
  const chosen = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  // While an input method is composing, Enter and the arrows belong to it.
  if (event.isComposing || !options.length) return;
  if (step) {
    event.preventDefault();
    choose(list, input, (chosen + step + options.length) % options.length);
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    options[chosen].click();
  }
}

function choose(list, input, index) {
  [...list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === index)));
  if (index < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", `palette-${index}`);
  list.children[index].scrollIntoView({ block: "nearest" });
}
