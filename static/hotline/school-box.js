// The schools whose name holds what is typed: arrows choose, Enter takes, Escape closes. Any other words may stay too.

import { el, fill } from "../helpers/dom.js";

const WAIT_MS = 150;

/** `chosen(school)` is called with { name, township, lon, lat }. Gives what ends it. */
export function schoolBox(input, list, address, chosen) {
  let found = [];
  let at = -1;
  let timer = 0;
  let asked = 0;

  const close = () => {
    asked += 1;
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = (next + found.length) % found.length;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const take = (school) => {
    input.value = school.name;
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
    chosen(school);
  };
  const show = () => {
    at = -1;
    fill(
      list,
      found.map((school, index) => {
        const option = el("li", { role: "option", id: `call-school-${index}`, "aria-selected": "false" }, school.name, school.township && el("span", { class: "muted small" }, ` ${school.township}`));
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(school);
        });
        return option;
      }),
    );
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
  };
  const ask = async () => {
    const words = input.value.trim();
    const mine = (asked += 1);
    if (!words) return close();
    const answer = await fetch(`${address}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok || document.activeElement !== input) return undefined;
    found = (await answer.json()).schools;
    if (mine === asked) show();
    return undefined;
  };
  const typed = (event) => {
    if (!event.isTrusted) return;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  };
  const pressed = (event) => {
    if (list.hidden || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
    else if (event.key === "Enter" && at >= 0) take(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  };
  input.addEventListener("input", typed);
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", close);
  return () => {
    clearTimeout(timer);
    close();
  };
}
