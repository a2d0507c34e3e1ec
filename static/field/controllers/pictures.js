// Thumbnails of photos on this phone, as tiles. Object URLs are given back when the screen is left.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { state } from "../helpers/parts.js";
import { thumbnail } from "../helpers/thumbnail.js";
import { isVoice } from "../models/draft.js";
import { view } from "./viewer.js";

export class Pictures {
  #store;
  #owner;
  #urls = new Map();

  /** `owner` is the id of the draft or record that the photos belong to. */
  constructor(screen, owner = screen.id) {
    this.#store = screen.app.store;
    this.#owner = owner;
    screen.onLeave(() => this.#urls.forEach((url) => url && URL.revokeObjectURL(url)));
  }

  /** <li> with the picture or, where the browser can't draw it, words; `extra` goes below it. */
  async tile(file, { state: given = null, extra = null } = {}) {
    const url = await this.#urlOf(file);
    const words = file.caption || named(file);
    const isWhole = file.purpose === "signature"; // a signature that is cropped is not what was signed
    const picture = url ? el("img", { src: url, alt: words, width: 320, height: 320, class: isWhole && "whole" }) : placeholder(file);
    const caption = extra ? "" : (file.caption ?? ""); // below stands the field it is written in
    const below = (caption || given) && el("span", { class: "photo-caption" }, el("span", {}, caption), given && state(...given));
    return el("li", { "data-file": file.id }, el("span", { class: "photo" }, this.#opener(file, words, picture), below), extra);
  }

  #opener(file, words, picture) {
    const opener = el("button", { type: "button", class: "photo-opener", "aria-label": t("打开 {name}", { name: words }) }, picture, isFilm(file) && el("span", { class: "photo-mark" }, icon("film")));
    opener.addEventListener("click", async () => view(file, words, await this.#store.photo(file.id)));
    return opener;
  }

  async #urlOf(file) {
    if (!this.#urls.has(file.id)) {
      const thumb = (await this.#store.thumb(file.id)) ?? (await this.#make(file)) ?? (await this.#fromServer(file));
      if (!thumb && file.fate === "received") return null; // perhaps it is drawn when we look again
      this.#urls.set(file.id, thumb && URL.createObjectURL(new Blob([thumb.bytes], { type: thumb.type })));
    }
    return this.#urls.get(file.id);
  }

  async #make(file) {
    const bytes = await this.#store.photo(file.id);
    const small = bytes && !isVoice(file) && (await thumbnail(bytes, file.type));
    return small ? this.#save(file, small) : null;
  }

  /** What this browser can't draw the server can, once it has the photo. */
  async #fromServer(file) {
    if (file.fate !== "received" || isVoice(file) || isFilm(file)) return null;
    const answer = await fetch(`/api/v1/files/${file.sha256}/320`, { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(10_000) }).catch(() => null);
    const isPicture = answer?.status === 200 && answer.headers.get("Content-Type") === "image/jpeg";
    return isPicture ? this.#save(file, await answer.arrayBuffer()) : null;
  }

  async #save(file, small) {
    const thumb = { id: file.id, owner: this.#owner, bytes: small, type: "image/jpeg" };
    await this.#store.saveThumb(thumb);
    return thumb;
  }
}

function isFilm(file) {
  return file.type.startsWith("video/");
}

function named(file) {
  if (file.purpose === "signature") return t("负责人签名");
  if (isVoice(file)) return t("语音说明");
  return isFilm(file) ? t("现场视频") : t("现场照片");
}

function placeholder(file) {
  if (isVoice(file)) return el("span", { class: "photo-missing" }, icon("voice"), el("span", {}, t("语音说明")));
  if (isFilm(file)) return el("span", { class: "photo-missing" }, icon("film"), el("span", {}, t("视频已存好")));
  const kind = /hei[cf]/.test(file.type) ? t("HEIC 照片，已存好，这里不能预览") : t("照片已存好，这里不能预览");
  return el("span", { class: "photo-missing" }, icon("photo"), el("span", {}, kind));
}
