// Tips that may tell of the same, as the words come. What is typed goes in the body of a request, never into an address.

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const WAIT_MS = 600;

/** `values()` gives what was typed, `chosen(code)` is told which tip is the same ("" for none). */
export function hintList(list, none, address, values, chosen) {
  let timer = 0;
  let asking = null;
  let same = "";

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = JSON.stringify(values());
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", body, headers, signal: asking.signal }).catch(() => null);
    if (!answer?.ok) return;
    show((await answer.json()).hints);
  };
  const show = (hints) => {
    const focused = document.activeElement?.dataset?.code;
    if (same && !hints.some(({ code }) => code === same)) choose("");
    fill(list, hints.map(row));
    none.hidden = hints.length > 0;
    if (focused) list.querySelector(`[data-code="${CSS.escape(focused)}"]`)?.focus();
  };
  const row = (hint) => {
    const button = el("button", { class: "button call-same", type: "button", "data-code": hint.code, "aria-pressed": String(hint.code === same) }, t("同一件事"));
    button.addEventListener("click", () => choose(hint.code === same ? "" : hint.code));
    return el(
      "li",
      { class: "row call-hint", "data-likely": hint.likely },
      el(
        "span",
        { class: "row-main" },
        el("span", { class: "row-title" }, hint.likely && icon("warning", t("很可能")), hint.text.slice(0, 80)),
        el("span", { class: "row-detail" }, [hint.code, hint.day, hint.state, hint.place].filter(Boolean).join(" · ")),
        el("span", { class: "row-detail" }, hint.reasons.join("，")),
      ),
      button,
    );
  };
  const choose = (code) => {
    same = code;
    for (const button of list.querySelectorAll("[data-code]")) button.setAttribute("aria-pressed", String(button.dataset.code === code));
    chosen(code);
  };
  return {
    typed() {
      clearTimeout(timer);
      timer = setTimeout(() => ask().catch(() => {}), WAIT_MS);
    },
    clear() {
      clearTimeout(timer);
      asking?.abort();
      same = "";
      fill(list);
      none.hidden = false;
    },
    focus: () => list.querySelector("button")?.focus(),
  };
}
