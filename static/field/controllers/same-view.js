// The same view once more: the camera's picture with the earlier photo laid over it or beside it, so that both show the
// same thing from the same place. Where the page gets no camera, the phone's own camera takes the photo.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { button } from "../helpers/parts.js";

const WIDTH = 2560;
const QUALITY = 0.92;
const SHUTTER_MS = 4_000;

/** Asks for the photo; { bytes, type, at }, or null where the person gave up. `url` is the earlier photo, or null. */
export function takeSameView(url, caption = "") {
  return new Promise((done) => new SameView(url, caption, done).open());
}

class SameView {
  #url;
  #done;
  #stream = null;
  #taken = null;
  #video = el("video", { class: "same-view-picture", playsinline: true, muted: true, "aria-label": t("相机画面") });
  #shot = el("img", { class: "same-view-picture", alt: t("刚拍的照片"), hidden: true });
  #stage;
  #words = el("p", { role: "status", class: "small" });
  #tools = el("div", { class: "cluster same-view-tools" });
  #guides = el("div", { class: "pick", role: "group", "aria-label": t("整改前的照片怎么放") });
  #dialog = el("dialog", { class: "dialog sheet same-view-sheet", "aria-label": t("同位置拍照") });
  #chooser = el("input", { type: "file", accept: "image/*", capture: "environment", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
  #hasCamera = false;

  constructor(url, caption, done) {
    this.#url = url;
    this.#done = done;
    const guide = url && el("img", { src: url, alt: caption || t("整改前的照片"), class: "same-view-guide" });
    this.#stage = el("div", { class: "same-view-stage", "data-guide": url ? "over" : "off" }, guide, el("div", { class: "same-view-now" }, this.#video, this.#shot));
  }

  async open() {
    this.#chooser.addEventListener("change", () => this.#chooser.files[0] && this.#keep(this.#chooser.files[0]));
    if (this.#url) this.#drawGuides();
    this.#dialog.append(el("div", { class: "stack-tight scan" }, this.#stage, this.#words, this.#guides, this.#tools), this.#chooser);
    this.#dialog.addEventListener("cancel", () => (this.#taken = null));
    this.#dialog.addEventListener("close", () => this.#end());
    document.getElementById("main").append(this.#dialog);
    this.#dialog.showModal();
    this.#aim();
    await this.#look().catch(() => this.#withoutCamera());
  }

  /** Over: as a veil on the picture. Beside: left and right. */
  #drawGuides(chosen = "over") {
    this.#stage.dataset.guide = chosen;
    const choices = [["over", t("叠在画面上")], ["beside", t("并排")], ["off", t("不看")]];
    fill(this.#guides, choices.map(([value, label]) => button(label, { "aria-pressed": String(value === chosen), onPress: () => this.#drawGuides(value) })));
  }

  #aim() {
    this.#taken = null;
    this.#shot.hidden = true;
    this.#video.hidden = !this.#hasCamera;
    this.#words.textContent = this.#url ? t("移动手机，让画面和整改前的照片对上，再按“拍照”。") : t("拍现在的样子。");
    const shutter = button(t("拍照"), { kind: "primary", iconName: "camera", onPress: () => this.#press(shutter) });
    fill(this.#tools, shutter, button(t("不拍了"), { onPress: () => this.#dialog.close() }));
  }

  async #look() {
    const video = { facingMode: "environment", width: { ideal: WIDTH } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video });
    if (!this.#dialog.open) return this.#stop();
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#hasCamera = true;
    this.#video.hidden = Boolean(this.#taken);
    return undefined;
  }

  #withoutCamera() {
    this.#hasCamera = false;
    this.#video.hidden = true;
    if (this.#url) this.#drawGuides("beside");
    this.#words.textContent = t("网页打不开相机。请记住左边的位置和角度，再按“拍照”，用手机自己的相机拍。");
  }

  async #press(shutter) {
    if (!this.#hasCamera) return this.#chooser.click();
    shutter.disabled = true;
    const blob = await photoOf(this.#stream.getVideoTracks()[0], this.#video).catch(() => null);
    shutter.disabled = false;
    if (blob) return this.#keep(blob);
    this.#words.textContent = t("没有拍成，请再按一次。");
    return undefined;
  }

  async #keep(blob) {
    const at = new Date();
    const bytes = await blob.arrayBuffer();
    if (!bytes.byteLength) return;
    this.#taken = { bytes, type: blob.type || "image/jpeg", at };
    if (this.#shot.src) URL.revokeObjectURL(this.#shot.src);
    this.#shot.src = URL.createObjectURL(blob);
    this.#shot.hidden = false;
    this.#video.hidden = true;
    if (this.#url) this.#drawGuides("beside");
    this.#words.textContent = t("和整改前的照片对照一下。");
    const again = button(t("重拍"), { iconName: "camera", onPress: () => {
      if (this.#url) this.#drawGuides("over");
      this.#aim();
    } });
    fill(this.#tools, button(t("用这张"), { kind: "primary", iconName: "tick", onPress: () => this.#dialog.close() }), again, button(t("不要了"), { kind: "quiet", onPress: () => this.#giveUp() }));
  }

  #giveUp() {
    this.#taken = null;
    this.#dialog.close();
  }

  #end() {
    this.#stop();
    if (this.#shot.src) URL.revokeObjectURL(this.#shot.src);
    this.#dialog.remove();
    this.#done(this.#taken);
  }

  #stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }
}

/** As large as the camera gives it; else the picture that is on the screen. */
async function photoOf(track, video) {
  if (globalThis.ImageCapture) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the camera gives no photo")), SHUTTER_MS));
    const blob = await Promise.race([new ImageCapture(track).takePhoto(), late]).catch(() => null);
    if (blob?.size) return blob;
  }
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
