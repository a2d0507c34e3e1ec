// A report on a phone: kept while it is written, its words sent first, its photos behind them. Without this script the same
// form sends all at once. <div data-controller="portal/report" data-challenge data-files data-limits data-most data-county>

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { showCode } from "./receipt.js";
import { openDraft } from "./report-draft.js";
import { Chosen, sendFiles } from "./report-files.js";
import { placePart } from "./report-map.js";
import { startWork } from "./work.js";

const RETRY_MS = [1000, 3000, 8000, 15_000, 30_000];

export default function connect(root) {
  const form = root.querySelector("form");
  if (!globalThis.crypto?.subtle) return undefined; // not a secure page: the form itself sends everything
  const draft = openDraft(form, root.dataset.county);
  const tell = (...words) => say(form, ...words);
  if (draft.restored) tell(t("上次写的放回来了，还没有发。"), wipe(form, draft));
  const chosen = new Chosen(form.querySelector(".answer-files"), JSON.parse(root.dataset.limits), Number(root.dataset.most));
  let work = null;
  const begin = () => (work ??= startWork(root.dataset.challenge, form.elements.form_id.value));
  const keep = () => {
    begin();
    if (draft.keep()) tell(t("写的内容存在这台手机上，还没有发。"), wipe(form, draft));
  };
  placePart(form, keep);
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.button-primary");
    button.disabled = true;
    try {
      await sendLetter(root, form, { draft, chosen, tell, work: begin() });
    } finally {
      button.disabled = false;
    }
  });
  return undefined;
}

async function sendLetter(root, form, { draft, chosen, tell, work }) {
  clearErrors(form);
  tell(t("正在发送文字…"));
  form.elements.altcha.value = await work.answer();
  const answer = await persist(form, tell);
  if (!answer.ok) return refuse(form, answer, tell);
  draft.forget();
  const receipt = root.querySelector("[data-part=receipt]");
  root.querySelector("[data-part=letter]").hidden = true;
  receipt.hidden = false;
  showCode(receipt, answer.body.code);
  receipt.focus();
  scrollTo(0, 0);
  if (chosen.isEmpty) return undefined;
  const list = el("ul", { class: "answer-kept", "aria-label": t("正在传的图片") });
  const told = receipt.querySelector(".report-told");
  told.after(list);
  fill(told, t("文字已经收到。图片正在传，请先不要关这一页。"));
  const failed = await sendFiles(chosen.files, { address: answer.body.files, code: answer.body.code, list });
  fill(told, failed ? t("有 {n} 个图片没有传成，可以在查询页再补。", { n: failed }) : t("图片都传好了，可以关掉这一页。"));
  return undefined;
}

/** Words alone, again and again until somebody answers: under the same number it is always the same letter. */
async function persist(form, tell) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const body = new FormData(form);
      body.delete("files");
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
      const told = await answer.json();
      if (answer.status < 500) return { ok: answer.ok, status: answer.status, body: told };
    } catch {
      // no line, or somebody else's answer
    }
    tell(t("网络不通，写的都还在。会自动再发。"));
    await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
  }
}

function refuse(form, { status, body }, tell) {
  if (status === 409) form.elements.form_id.value = crypto.randomUUID(); // it was sent already; this is another
  tell(status === 422 ? t("还差一点：请看标红的地方。您写的都还在。") : body.message || t("没有发成，请再试一次。"));
  for (const [name, message] of Object.entries(body.fields ?? {})) {
    const field = form.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`) ?? form.querySelector(".report-map .button");
    const place = field.closest(".field") ?? form.querySelector(".report-map");
    field.setAttribute("aria-invalid", "true");
    place.append(el("p", { class: "field-error", "data-said": true }, icon("warning"), el("span", {}, message)));
  }
  form.querySelector("[aria-invalid]:not(fieldset), button.button-primary").focus();
}

function clearErrors(form) {
  for (const each of form.querySelectorAll(".field-error")) if (each.dataset.said || each.closest(".field")) each.remove();
  for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

function wipe(form, draft) {
  const button = el("button", { type: "button", class: "button button-quiet" }, t("清除"));
  button.addEventListener("click", () => {
    draft.forget();
    location.reload();
  });
  return button;
}

function say(form, ...words) {
  const place = form.querySelector(".answer-draft");
  place.hidden = false;
  fill(place, ...words);
}
