// <form data-controller="desk/checklist-editor">: rows are moved by buttons or Alt and an arrow, added and taken away.
// The form sends them in the order in which they stand; a row that was taken away is left out and can be put back.

import { el } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

let made = 0;

export default function connect(form) {
  const list = form.querySelector("[data-rows]");
  const said = form.querySelector("[data-said]");
  const tell = (words) => (said.textContent = words);
  let isChanged = false;

  const rows = () => [...list.querySelectorAll("[data-row]")];
  const number = () => {
    for (const [place, row] of rows().entries()) row.querySelector("[data-number]").textContent = place + 1;
    form.querySelector("[data-count]").textContent = rows().length;
    isChanged = true;
  };

  const move = (row, by) => {
    const all = rows();
    const other = all[all.indexOf(row) + by];
    if (!other) return tell(by < 0 ? t("已经是第一条") : t("已经是最后一条"));
    const focused = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    number();
    focused?.focus(); // moving an element takes the focus away
    row.scrollIntoView({ block: "nearest" });
    tell(t("移到第 {n} 条", { n: rows().indexOf(row) + 1 }));
  };

  const add = (after) => {
    if (rows().length >= Number(form.dataset.most)) return tell(t("最多 {n} 条", { n: form.dataset.most }));
    const row = blank(form.querySelector("[data-blank]"));
    const before = after ?? rows().at(-1);
    if (before) before.after(row);
    else list.append(row);
    row.querySelector("[data-section]").value = before?.querySelector("[data-section]").value ?? "";
    row.querySelector("[data-code]").value = nextCode(rows().map((each) => each.querySelector("[data-code]").value));
    number();
    row.querySelector("textarea").focus();
    tell(t("加了第 {n} 条", { n: rows().indexOf(row) + 1 }));
  };

  const remove = (row) => {
    const back = el("button", { type: "button", class: "button" }, t("撤销"));
    const words = row.querySelector("textarea").value.slice(0, 30) || row.querySelector("[data-code]").value;
    const strip = el("li", { class: "list-entry list-gone" }, el("span", {}, t("已删去：{words}", { words })), back);
    row.replaceWith(strip);
    back.addEventListener("click", () => {
      strip.replaceWith(row);
      number();
      row.querySelector("textarea").focus();
    });
    number();
    back.focus();
    tell(t("已删去：{words}", { words }));
  };

  const pressed = ({ target }) => {
    const button = target.closest("button");
    const row = button?.closest("[data-row]");
    if (!button) return;
    if ("move" in button.dataset) move(row, Number(button.dataset.move));
    if ("add" in button.dataset) add(row);
    if ("addLast" in button.dataset) add(null);
    if ("remove" in button.dataset) remove(row);
  };
  const typed = (event) => {
    const row = event.target.closest?.("[data-row]");
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row || !by || !event.altKey) return;
    event.preventDefault();
    move(row, by);
  };
  const leaving = (event) => isChanged && event.preventDefault();
  const noted = () => (isChanged = true);
  const sent = () => (isChanged = false);

  form.addEventListener("click", pressed);
  form.addEventListener("keydown", typed);
  form.addEventListener("input", noted);
  form.addEventListener("submit", sent);
  addEventListener("beforeunload", leaving);
  return () => removeEventListener("beforeunload", leaving);
}

/** A row of the template with names and ids of its own. */
function blank(template) {
  const row = template.content.firstElementChild.cloneNode(true);
  const key = `n${++made}`;
  for (const element of row.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replaceAll("rNEW", key));
    }
  }
  row.querySelector("input[name=row]").value = key;
  return row;
}

/** The code after the highest: zd-25 → zd-26, in the width of the others. */
export function nextCode(codes) {
  const found = codes.map((code) => /^(.*?)(\d+)$/.exec(code)).filter(Boolean);
  if (!found.length) return codes.length ? "" : "1";
  const [, prefix, digits] = found.reduce((most, each) => (Number(each[2]) > Number(most[2]) ? each : most));
  return prefix + String(Number(digits) + 1).padStart(digits.length, "0");
}
