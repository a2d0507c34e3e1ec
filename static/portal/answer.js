// A report on a phone: what is typed is kept in this browser, files go in pieces as soon as they are chosen. Without
// this script the same form sends all at once.
// <form data-controller="portal/answer" data-files="…/files" data-draft="id of the order" data-form="id of the form">

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { Pause } from "../field/models/asking.js";
import { sendInPieces } from "../field/models/resumable.js";
import { sha256 } from "../field/models/sha256.js";
import { keepDraft } from "./draft.js";
import { megabytes, tooLarge } from "./limits.js";

const RETRY_MS = [1000, 3000, 8000];

export default function connect(form) {
  const forget = keepDraft(form);
  const sending = new Set();
  form.addEventListener("submit", (event) => {
    if (!sending.size) return;
    event.preventDefault();
    tell(form, t("还有 {n} 个文件在传，传完再提交。", { n: sending.size }));
  });
  form.addEventListener("click", (event) => takeAway(event));
  // Without a secure context there is no hash to name a file by: the form itself then carries the files.
  if (globalThis.crypto?.subtle) form.addEventListener("change", (event) => chosen(form, event.target, sending));
  return forget;
}

function chosen(form, input, sending) {
  if (input.type !== "file" || !input.files.length) return;
  const box = input.closest(".answer-files");
  const files = [...input.files];
  input.value = ""; // they go by themselves; the form must not send them again
  files.reduce((before, file) => before.then(() => send(form, box, file, sending)), Promise.resolve());
}

async function send(form, box, file, sending) {
  const row = shown(box, file);
  sending.add(row);
  try {
    const refused = tooLarge(file, JSON.parse(form.dataset.limits));
    if (refused) throw new Error(refused);
    const bytes = await file.arrayBuffer();
    const about = { sha256: await sha256(bytes), type: file.type, more: { name: file.name, form: form.dataset.form, item: box.dataset.item } };
    const answer = await persist(() => sendInPieces(ask, about, bytes, (sent) => (row.bar.value = sent), form.dataset.files));
    const place = answer?.headers?.get?.("X-Proof");
    if (!place) throw new Error(answer?.body?.message || t("没有收下，请重新选择"));
    stand(row, place);
  } catch (error) {
    fail(row, error.body?.message || (error instanceof Pause ? t("网络不好，没有传完。请再选一次，会从断开的地方继续。") : error.message));
  } finally {
    sending.delete(row);
    tell(form, sending.size ? "" : t("文件都已传好。"));
  }
}

/** A function of its own, since the browser's is not to be called as anybody's method. */
function ask(...given) {
  return fetch(...given);
}

/** A line that broke is tried again; what was acknowledged isn't sent again. */
async function persist(attempt) {
  for (const wait of RETRY_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Pause)) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
  return attempt();
}

function shown(box, file) {
  const bar = el("progress", { max: file.size, value: 0, "aria-label": t("正在传 {name}", { name: file.name }) });
  const line = el("li", {}, picture(file), el("span", { class: "answer-name" }, file.name), el("span", { class: "muted small whole" }, megabytes(file.size)), bar);
  box.querySelector(".answer-kept").append(line);
  return { line, bar };
}

function picture(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return icon(file.type.startsWith("image/") ? "photo" : "document");
  const source = URL.createObjectURL(file);
  const image = el("img", { src: source, alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(source), { once: true });
  return image;
}

function stand({ line, bar }, place) {
  line.dataset.remove = place;
  bar.replaceWith(el("button", { type: "button", class: "button button-quiet", "data-remove": place }, t("不要了")));
}

function fail({ line, bar }, said) {
  bar.replaceWith(el("p", { class: "field-error" }, icon("warning"), el("span", {}, said)));
  line.append(el("button", { type: "button", class: "button button-quiet", "data-forget": true }, t("知道了")));
}

async function takeAway(event) {
  const button = event.target.closest("button[data-remove], button[data-forget]");
  if (!button) return;
  const line = button.closest("li");
  if (button.dataset.remove) {
    const answer = await fetch(button.dataset.remove, { method: "DELETE", headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || (!answer.ok && answer.status !== 404)) return;
  }
  line.remove();
}

function tell(form, words) {
  const place = form.querySelector(".answer-draft");
  if (!place || !words) return;
  place.hidden = false;
  fill(place, words);
}
