// Taking photos and short films into a draft: camera or album, kept at once, shown small, with a caption and what they
// prove, in an order.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { notice } from "../helpers/parts.js";
import { MOST_FILES, photosOf } from "../models/draft.js";
import { photosAfter } from "../models/rechecks.js";
import { isLow, roomLeft } from "../models/room.js";
import { exportAdvice } from "./parcels.js";
import { photoTools } from "./photo-tools.js";
import { Pictures } from "./pictures.js";

const ALBUM_TYPES = "image/*,.heic,.heif,video/mp4,video/quicktime,video/webm";
const MEGABYTE = 1_000_000;
const MOST_BYTES = { photo: 20 * MEGABYTE, film: 60 * MEGABYTE };

export class Photos {
  screen;
  editor;
  #item;
  #finding;
  #pictures;
  #list = el("ul", { class: "photos" });
  #warning = el("div", {});
  #onChange;
  #isFull = false;

  /** `item`: only the photos of that item of the checklist (null: of none); left out: all, to be put in order and
   * given the item that they prove, one of `items` [[code, words]]. `finding`: the id of a known problem, only the
   * photos that show it and repeat no earlier one. */
  constructor(screen, editor, { item = undefined, finding = null, items = [], onChange = () => {} } = {}) {
    Object.assign(this, { screen, editor, items });
    this.#item = item;
    this.#finding = finding;
    this.#onChange = onChange;
    this.#pictures = new Pictures(screen, editor.draft.id);
  }

  async element() {
    await this.draw();
    const camera = this.#picker(t("拍照"), "camera", { capture: "environment", accept: "image/*" }, "button-primary");
    const album = this.#picker(t("相册"), "photo", { multiple: true, accept: ALBUM_TYPES });
    const film = this.#picker(t("录像"), "film", { capture: "environment", accept: "video/*" });
    return el("div", { class: "stack-tight" }, this.#lostOne(), this.#warning, el("div", { class: "pickers" }, camera, film, album), this.#list);
  }

  async draw() {
    const files = this.#finding ? photosAfter(this.editor.draft, this.#finding).filter(({ before_id }) => !before_id) : photosOf(this.editor.draft, this.#item);
    const tiles = [];
    for (const [index, file] of files.entries()) {
      tiles.push(await this.#pictures.tile(file, { extra: photoTools(this, file, index, files.length) }));
    }
    fill(this.#list, tiles);
    fill(this.#warning, await this.#tooLittleRoom());
  }

  /** After something about the photos was changed. */
  async changed() {
    await this.draw();
    this.#onChange();
  }

  /** Opens the camera for one photo that takes the place of another. */
  retake(file) {
    const chooser = this.#chooser({ capture: "environment", accept: file.type.startsWith("video/") ? "video/*" : "image/*" }, file.id);
    this.#list.after(chooser);
    return this.#open(chooser, true, file.id);
  }

  #picker(words, iconName, attributes, kind = "") {
    const chooser = this.#chooser(attributes);
    const open = el("button", { type: "button", class: ["button", kind].filter(Boolean).join(" ") }, icon(iconName), el("span", {}, words));
    open.addEventListener("click", () => this.#open(chooser, Boolean(attributes.capture)));
    return el("span", { class: "picker" }, open, chooser);
  }

  #chooser(attributes, retakeOf = null) {
    const chooser = el("input", { type: "file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", ...attributes });
    chooser.addEventListener("cancel", () => this.editor.apply({ camera: null }));
    chooser.addEventListener("change", () => this.#takeIn(chooser, attributes.capture ? "camera" : "album", retakeOf));
    return chooser;
  }

  async #open(chooser, isCamera, retakeOf = null) {
    if (!retakeOf && this.editor.draft.files.length >= MOST_FILES) return toast(tooMany(), "due");
    // iOS may throw the page away while the camera is open: what was filled in must be on the disk before.
    this.editor.apply({ camera: isCamera ? { item: this.#item ?? null, finding_id: this.#finding, at: new Date().toISOString(), retake_of: retakeOf } : null });
    await this.editor.flush().catch(() => {});
    chooser.click();
  }

  async #takeIn(chooser, input, retakeOf) {
    const files = [...chooser.files];
    chooser.value = "";
    this.#list.setAttribute("aria-busy", "true");
    for (const file of files) await this.#keep(file, input, retakeOf);
    this.#list.removeAttribute("aria-busy");
    if (retakeOf) chooser.remove();
    await this.changed();
  }

  async #keep(file, input, retakeOf) {
    if (!retakeOf && this.editor.draft.files.length >= MOST_FILES) return toast(tooMany(), "due");
    const wrong = tooLarge(file);
    if (wrong) return toast(wrong, "problem");
    try {
      const bytes = await file.arrayBuffer();
      if (!bytes.byteLength) return toast(t("照片是空的，没有存下，请重拍。"), "problem");
      const values = this.#valuesOf(file, input);
      const kept = await (retakeOf ? this.editor.retake(retakeOf, bytes, values) : this.editor.addPhoto(bytes, values));
      if (!kept) return toast(t("这张照片已经添加过。"));
      navigator.vibrate?.(30);
    } catch (error) {
      const isFull = error?.name === "QuotaExceededError";
      this.#isFull ||= isFull;
      toast(isFull ? t("手机空间不够，这张照片没有存下；已填的内容都在。请先发送或导出，再重拍。") : t("这张照片没有存下，请重拍；已填的内容都在。"), "problem");
    }
    return null;
  }

  #valuesOf(file, input) {
    const { whereabouts } = this.screen.app;
    const takenAt = input === "album" && file.lastModified ? new Date(file.lastModified) : new Date();
    const type = file.type || typeByName(file.name);
    const shows = { purpose: "scene", item: this.#item ?? null, ...(this.#finding && { finding_id: this.#finding, before_id: null }), caption: "" };
    return { type, ...shows, taken_at: takenAt.toISOString(), fix: whereabouts.best(), fixes: whereabouts.around(), input };
  }

  /** A browser that tells no true number is believed when it refuses. */
  async #tooLittleRoom() {
    if (this.#isFull) return exportAdvice(this.screen.app);
    const left = await roomLeft();
    if (!isLow(left)) return null;
    const words = t("手机只剩约 {n} MB 可用，照片可能存不下。", { n: Math.floor(left / MEGABYTE) });
    return [notice(words, "due"), exportAdvice(this.screen.app)];
  }

  /** The page was thrown away while the camera was open: say so, for this one photo is not there. */
  #lostOne() {
    const { camera } = this.editor.draft;
    if (!camera || (camera.item ?? null) !== (this.#item ?? null) || (camera.finding_id ?? null) !== this.#finding) return null;
    this.editor.apply({ camera: null });
    return el("p", { class: "notice", "data-state": "due" }, icon("camera"), el("span", {}, t("上次拍照时页面被系统关掉了，那一张没有存下来，请重拍。其余内容都在。")));
  }
}

function tooMany() {
  return t("一次检查最多 {n} 个照片和视频，请先删掉不要的。", { n: MOST_FILES });
}

function tooLarge(file) {
  const isFilm = file.type.startsWith("video/");
  const limit = isFilm ? MOST_BYTES.film : MOST_BYTES.photo;
  if (file.size <= limit) return "";
  const values = { size: Math.ceil(file.size / MEGABYTE), limit: limit / MEGABYTE };
  return isFilm ? t("视频有 {size} MB，最多 {limit} MB。请录短一些，一分钟以内，或把相机调到 720p。", values) : t("照片有 {size} MB，最多 {limit} MB。请调低相机分辨率后重拍。", values);
}

function typeByName(name) {
  if (/\.(mp4|mov|webm)$/i.test(name)) return { mp4: "video/mp4", mov: "video/quicktime", webm: "video/webm" }[name.split(".").at(-1).toLowerCase()];
  return /\.hei[cf]$/i.test(name) ? "image/heic" : "application/octet-stream";
}
