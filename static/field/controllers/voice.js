// A spoken note instead of typing: recorded in the page, kept like a photo, played back here.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, iconButton } from "../helpers/parts.js";
import { voicesOf } from "../models/draft.js";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/webm"];
const LONGEST_MS = 120_000;

export class Voice {
  #screen;
  #editor;
  #item;
  #onChange;
  #list = el("ul", { class: "voices" });
  #urls = [];

  constructor(screen, editor, { item = null, onChange = () => {} } = {}) {
    this.#screen = screen;
    this.#editor = editor;
    this.#item = item;
    this.#onChange = onChange;
    screen.onLeave(() => this.#urls.forEach((url) => URL.revokeObjectURL(url)));
  }

  /** Null where the browser can't record. */
  async element() {
    const type = TYPES.find((each) => globalThis.MediaRecorder?.isTypeSupported(each));
    await this.#draw();
    if (!type || !navigator.mediaDevices) return this.#list.children.length ? this.#list : null;
    const toggle = button(t("语音说明"), { iconName: "voice" });
    let recorder = null;
    toggle.addEventListener("click", async () => {
      if (recorder) return recorder.stop();
      recorder = await this.#record(type, toggle).catch(refused);
      recorder?.addEventListener("stop", () => (recorder = null));
    });
    this.#screen.onLeave(() => recorder?.stop());
    return el("div", { class: "stack-tight" }, toggle, this.#list);
  }

  async #record(mimeType, toggle) {
    await this.#editor.flush().catch(() => {});
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
    const pieces = [];
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", async () => {
      stream.getTracks().forEach((track) => track.stop());
      show(toggle, false);
      await this.#keep(new Blob(pieces, { type: mimeType }));
    });
    recorder.start(1_000);
    show(toggle, true);
    navigator.vibrate?.(30);
    setTimeout(() => recorder.state === "recording" && recorder.stop(), LONGEST_MS);
    return recorder;
  }

  async #keep(blob) {
    try {
      const { app } = this.#screen;
      await this.#editor.addPhoto(await blob.arrayBuffer(), { type: blob.type.split(";")[0], purpose: "document", item: this.#item, caption: t("语音说明"), taken_at: new Date().toISOString(), fix: app.whereabouts.best(), fixes: app.whereabouts.around() });
    } catch (error) {
      return toast(error?.name === "QuotaExceededError" ? t("手机空间不够，这段语音没有存下；已填的内容都在。") : t("这段语音没有存下，请重录；已填的内容都在。"), "problem");
    }
    await this.#draw();
    this.#onChange();
  }

  async #draw() {
    const notes = [];
    for (const [index, file] of voicesOf(this.#editor.draft, this.#item).entries()) {
      const bytes = await this.#screen.app.store.photo(file.id);
      const url = bytes && URL.createObjectURL(new Blob([bytes], { type: file.type }));
      if (url) this.#urls.push(url);
      const words = t("第 {n} 段语音", { n: index + 1 });
      const player = url ? el("audio", { controls: true, src: url, "aria-label": words }) : el("span", {}, icon("warning"), t("这段语音读不出来，请重录"));
      notes.push(el("li", {}, player, iconButton(t("删除第 {n} 段语音", { n: index + 1 }), "close", () => this.#drop(file))));
    }
    fill(this.#list, notes);
  }

  async #drop(file) {
    await this.#editor.dropPhoto(file.id);
    await this.#draw();
    this.#onChange();
  }
}

function show(toggle, isOn) {
  toggle.setAttribute("aria-pressed", String(isOn));
  toggle.querySelector("span").textContent = isOn ? t("正在录音，再按一次结束") : t("语音说明");
}

function refused() {
  toast(t("没有麦克风权限，请在浏览器的网站设置里允许，或者打字说明。"), "due");
  return null;
}
