// The receipt: its code can be copied and printed. <div data-controller="portal/receipt">, or called with the code.

import { fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

export default function connect(element) {
  const told = element.querySelector(".report-told");
  const code = () => element.querySelector("[data-code]").textContent.trim();
  const [copy, print] = ["copy", "print"].map((act) => element.querySelector(`[data-act=${act}]`));
  if (!code()) return;
  copy.hidden = !navigator.clipboard;
  print.hidden = false;
  element.querySelector("[data-part=acts]").hidden = false;
  copy.onclick = () =>
    navigator.clipboard.writeText(code()).then(
      () => fill(told, t("查询码复制好了。请另外抄一份，或截图。")),
      () => fill(told, t("没有复制成，请抄下来。")),
    );
  print.onclick = () => window.print();
}

export function showCode(element, code) {
  fill(element.querySelector("[data-code]"), code);
  connect(element);
}
