// Shows a receipt code large, each letter with how it is said.

import { el, fill } from "../helpers/dom.js";
import { spelled } from "./spelling.js";

export default function connect(element) {
  showCode(element, element.dataset.code);
}

export function showCode(place, code) {
  const groups = spelled(code).map((group) =>
    el(
      "span",
      { class: "call-group" },
      group.map(({ letter, international, mandarin }) =>
        el(
          "span",
          { class: "call-letter" },
          el("strong", {}, letter),
          el("span", { class: "call-mandarin", lang: "zh-CN" }, mandarin),
          el("span", { class: "call-international", lang: "en" }, international),
        ),
      ),
    ),
  );
  fill(place, el("span", { class: "visually-hidden" }, code), el("span", { class: "call-letters", "aria-hidden": "true" }, groups));
}
