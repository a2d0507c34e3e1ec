// Taking photos into a draft: camera or album, kept at once, shown small, with a caption, in an order.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { iconButton } from "../helpers/parts.js";
import { captioned, moved, photosOf } from "../models/draft.js";
import { Pictures } from "./pictures.js";

const ALBUM_TYPES = "image/*,.heic,.heif";

export class Photos {
  #screen;
  #editor;
  #item;
  #pictures;
  #list = el("ul", { class: "photos" });
  #onChange;

  /** `item`: only the photos of that item of the checklist (null: of none); left out: all, to be put in order. */
  constructor(screen, editor, { item = undefined, onChange = () => {} } = {}) {
    this.#screen = screen;
    this.#editor = editor;
    this.#item = item;
    this.#onChange = onChange;
    this.#pictures = new Pictures(screen, editor.draft.id);
  }

  async element() {
    await this.draw();
    const camera = this.#picker(t("拍照"), "camera", "camera", { capture: "environment", accept: "image/*" });
    const album = this.#picker(t("相册"), "photo", "album", { multiple: true, accept: ALBUM_TYPES });
    return el("div", { class: "stack-tight" }, this.#lostOne(), el("div", { class: "pickers" }, camera, album), this.#list);
  }

  async draw() {
    const files = photosOf(this.#editor.draft, this.#item);
    const tiles = [];
    for (const [index, file] of files.entries()) {
      tiles.push(await this.#pictures.tile(file, { extra: this.#tools(file, index, files.length) }));
    }
    fill(this.#list, tiles);
  }

  #picker(words, iconName, input, attributes) {
    const chooser = el("input", { type: "file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", ...attributes });
    const open = el("button", { type: "button", class: `button${input === "camera" ? " button-primary" : ""}` }, icon(iconName), el("span", {}, words));
    open.addEventListener("click", async () => {
      // iOS may throw the page away while the camera is open: what was filled in must be on the disk before.
      const camera = input === "camera" ? { item: this.#item ?? null, at: new Date().toISOString() } : null;
      this.#editor.apply({ camera });
      await this.#editor.flush().catch(() => {});
      chooser.click();
    });
    chooser.addEventListener("cancel", () => this.#editor.apply({ camera: null }));
    chooser.addEventListener("change", () => this.#takeIn(chooser, input));
    return el("span", { class: "picker" }, open, chooser);
  }

  async #takeIn(chooser, input) {
    const files = [...chooser.files];
    chooser.value = "";
    this.#list.setAttribute("aria-busy", "true");
    for (const file of files) await this.#keep(file, input);
    this.#list.removeAttribute("aria-busy");
    await this.draw();
    this.#onChange();
  }

  async #keep(file, input) {
    try {
      const bytes = await file.arrayBuffer();
      if (!bytes.byteLength) return toast(t("照片是空的，没有存下，请重拍。"), "problem");
      const takenAt = input === "album" && file.lastModified ? new Date(file.lastModified) : new Date();
      const kept = await this.#editor.addPhoto(bytes, {
        type: file.type || typeByName(file.name),
        purpose: "scene",
        item: this.#item ?? null,
        caption: "",
        taken_at: takenAt.toISOString(),
        fix: this.#screen.app.whereabouts.best(),
        input,
      });
      if (!kept) toast(t("这张照片已经添加过。"));
    } catch (error) {
      const isFull = error?.name === "QuotaExceededError";
      toast(isFull ? t("手机空间不够，这张照片没有存下；已填的内容都在。请先上传或清理空间，再重拍。") : t("这张照片没有存下，请重拍；已填的内容都在。"), "problem");
    }
  }

  #tools(file, index, count) {
    const caption = el("input", { class: "input caption", type: "text", value: file.caption, placeholder: t("说明"), "aria-label": t("第 {n} 张照片的说明", { n: index + 1 }), maxlength: 200 });
    caption.addEventListener("input", () => this.#editor.apply((draft) => captioned(draft, file.id, caption.value)));
    const place = (by) => () => {
      this.#editor.apply((draft) => moved(draft, file.id, by));
      return this.draw();
    };
    const earlier = index > 0 && iconButton(t("第 {n} 张往前移", { n: index + 1 }), "back", place(-1));
    const later = index < count - 1 && iconButton(t("第 {n} 张往后移", { n: index + 1 }), "next", place(1));
    return [caption, el("div", { class: "photo-tools" }, earlier, later, this.#remover(file, index))];
  }

  #remover(file, index) {
    const remove = iconButton(t("删除第 {n} 张照片", { n: index + 1 }), "close", async () => {
      if (remove.dataset.armed === undefined) return arm(remove, t("再按一次，删除第 {n} 张照片", { n: index + 1 }));
      await this.#editor.dropPhoto(file.id);
      await this.draw();
      this.#onChange();
    });
    return remove;
  }

  /** The page was thrown away while the camera was open: say so, for this one photo is not there. */
  #lostOne() {
    const { camera } = this.#editor.draft;
    if (!camera || (camera.item ?? null) !== (this.#item ?? null)) return null;
    this.#editor.apply({ camera: null });
    return el("p", { class: "notice", "data-state": "due" }, icon("camera"), el("span", {}, t("上次拍照时页面被系统关掉了，那一张没有存下来，请重拍。其余内容都在。")));
  }
}

function arm(button, words) {
  button.dataset.armed = "";
  const svg = button.querySelector("svg");
  svg.setAttribute("aria-label", words);
  toast(words, "due");
}

function typeByName(name) {
  return /\.hei[cf]$/i.test(name) ? "image/heic" : "application/octet-stream";
}
