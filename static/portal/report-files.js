// Photos of a report: shown as they are chosen, sent in pieces once the words are received. Originals are sent as they are.

import { Pause } from "../field/models/asking.js";
import { sendInPieces } from "../field/models/resumable.js";
import { sha256 } from "../field/models/sha256.js";
import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { megabytes, tooLarge } from "./limits.js";

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];

/** The files chosen in a box. `limits` are megabytes by kind, `most` how many. */
export class Chosen {
  files = [];
  #list;

  constructor(box, limits, most) {
    this.#list = box.querySelector(".answer-kept");
    const input = box.querySelector("input[type=file]");
    input.addEventListener("change", () => {
      for (const file of input.files) this.#add(file, tooLarge(file, limits) || (this.files.length >= most ? t("最多 {n} 个，这一个没有加上", { n: most }) : ""));
      input.value = ""; // they go by themselves; the form must not send them again
    });
  }

  get isEmpty() {
    return !this.files.length;
  }

  #add(file, wrong) {
    const away = el("button", { type: "button", class: "button button-quiet" }, wrong ? t("知道了") : t("不要了"));
    const line = el("li", {}, picture(file), el("span", { class: "answer-name" }, file.name), el("span", { class: "muted small whole" }, megabytes(file.size)));
    if (wrong) line.append(el("p", { class: "field-error" }, icon("warning"), el("span", {}, wrong)));
    else this.files.push(file);
    away.addEventListener("click", () => {
      this.files = this.files.filter((each) => each !== file);
      line.remove();
    });
    line.append(away);
    this.#list.append(line);
  }
}

/** Sends files one after the other to a report by its code; rows with their progress go into `list`. Gives how many failed. */
export async function sendFiles(files, { address, code, list, isLater = false, fetch = globalThis.fetch }) {
  let failed = 0;
  const rows = files.map((file) => ({ file, ...row(list, file) }));
  for (const { file, line, bar } of rows) {
    const said = await sendOne(file, { address, code, isLater, fetch, bar, line });
    if (said) failed += 1;
    bar.replaceWith(said ? el("p", { class: "field-error" }, icon("warning"), el("span", {}, said)) : el("span", { class: "state", "data-state": "ok" }, icon("tick"), el("span", {}, t("传好了"))));
  }
  return failed;
}

async function sendOne(file, { address, code, isLater, fetch, bar, line }) {
  const headers = { "X-Receipt": code, "X-File-Name": encodeURIComponent(file.name), Accept: "application/json", ...(isLater ? { "X-Later": "1" } : {}) };
  const ask = (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...headers } });
  const note = el("span", { class: "muted small", role: "status" });
  line.append(note);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const bytes = await file.arrayBuffer();
      const about = { sha256: await sha256(bytes), type: file.type };
      const answer = await sendInPieces(ask, about, bytes, (sent) => (bar.value = sent), address);
      note.remove();
      return answer?.headers?.get?.("X-File") ? "" : answer?.body?.message || t("没有收下，请在查询页重新选择");
    } catch (error) {
      if (!(error instanceof Pause)) {
        note.remove();
        return error.message || t("没有收下，请在查询页重新选择");
      }
      fill(note, t("网络不好，会接着传"));
      await comeBack(WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)]);
      fill(note);
    }
  }
}

/** After a while, or as soon as there is a line again. */
function comeBack(wait) {
  return new Promise((done) => {
    const timer = setTimeout(finish, wait);
    addEventListener("online", finish, { once: true });
    function finish() {
      clearTimeout(timer);
      removeEventListener("online", finish);
      done();
    }
  });
}

function row(list, file) {
  const bar = el("progress", { max: file.size, value: 0, "aria-label": t("正在传 {name}", { name: file.name }) });
  const line = el("li", {}, picture(file), el("span", { class: "answer-name" }, file.name), bar);
  list.append(line);
  return { line, bar };
}

function picture(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return icon(file.type.startsWith("image/") ? "photo" : "document");
  const source = URL.createObjectURL(file);
  const image = el("img", { src: source, alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(source), { once: true });
  return image;
}
