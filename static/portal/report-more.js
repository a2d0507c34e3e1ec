// More to a report: the words by the form itself, the photos in pieces before it is sent.

import { el, fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { Chosen, sendFiles } from "./report-files.js";

export default function connect(section) {
  const form = section.querySelector("form");
  if (!form || !globalThis.crypto?.subtle) return;
  const box = form.querySelector(".answer-files");
  const chosen = new Chosen(box, JSON.parse(section.dataset.limits), Number(section.dataset.most));
  form.addEventListener("submit", async (event) => {
    if (chosen.isEmpty) return;
    event.preventDefault();
    const told = form.querySelector(".answer-draft");
    told.hidden = false;
    fill(told, t("图片正在传，请先不要关这一页。"));
    form.querySelector("button.button-primary").disabled = true;
    const list = el("ul", { class: "answer-kept", "aria-label": t("正在传的图片") });
    box.querySelector(".answer-kept").replaceWith(list);
    const failed = await sendFiles(chosen.files, { address: section.dataset.files, code: form.elements.code.value, list, isLater: true });
    chosen.files = [];
    form.querySelector("button.button-primary").disabled = false;
    if (failed) fill(told, t("有 {n} 个图片没有传成，请看旁边的说明。", { n: failed }));
    else if (form.elements.text.value.trim()) form.submit();
    else fill(told, t("图片都收到了。"));
  });
}
