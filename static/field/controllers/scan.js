// Scanning the plate at the door: with the camera in the page, or from one photo where the page gets no camera.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { codeReader } from "../helpers/codes.js";
import { button } from "../helpers/parts.js";
import { readPlate, scanned } from "../models/plate.js";

const EVERY_MS = 200;

/** Asks for a plate; resolves with { site_id, at, text }, or null where the person gave up. */
export async function scanPlate() {
  const reader = await codeReader().catch(() => null);
  if (!reader) {
    toast(t("扫码功能还没有下载到手机，请联网后再试，或在“附近”里选点位。"), "due");
    return null;
  }
  return new Promise((done) => new Scanner(reader, done).open());
}

class Scanner {
  #reader;
  #done;
  #stream = null;
  #video = el("video", { class: "scan-picture", playsinline: true, muted: true, "aria-label": t("相机画面") });
  #words = el("p", { role: "status" }, t("把点位牌上的二维码放进画面"));
  #dialog = el("dialog", { class: "dialog sheet", "aria-label": t("扫点位牌") });

  constructor(reader, done) {
    this.#reader = reader;
    this.#done = done;
  }

  async open() {
    const chooser = el("input", { type: "file", accept: "image/*", capture: "environment", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
    chooser.addEventListener("change", () => this.#readPhoto(chooser.files[0]));
    const photo = button(t("拍下二维码"), { iconName: "camera", onPress: () => chooser.click() });
    const close = button(t("不扫了"), { onPress: () => this.#dialog.close() });
    this.#dialog.append(el("div", { class: "stack-tight scan" }, this.#video, this.#words, el("div", { class: "cluster" }, photo, close), chooser));
    this.#dialog.addEventListener("close", () => this.#end(null));
    document.getElementById("main").append(this.#dialog);
    this.#dialog.showModal();
    await this.#look().catch(() => {
      this.#video.hidden = true;
      this.#words.textContent = t("这里不能直接扫码，请按“拍下二维码”拍一张。");
    });
  }

  async #look() {
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (!this.#dialog.open) return this.#stop();
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    while (this.#stream) {
      if (this.#took(await this.#reader(this.#video))) return undefined;
      await new Promise((later) => setTimeout(later, EVERY_MS));
    }
    return undefined;
  }

  async #readPhoto(file) {
    const picture = file && (await createImageBitmap(file).catch(() => null));
    const text = picture && (await this.#reader(picture));
    if (!text) this.#words.textContent = t("照片里没有找到二维码，请靠近一些再拍。");
    else this.#took(text);
  }

  #took(text) {
    const plate = text && readPlate(text);
    if (text && !plate) this.#words.textContent = t("这不是点位牌上的二维码。");
    if (!plate) return false;
    navigator.vibrate?.(50);
    this.#end(scanned(plate, text));
    return true;
  }

  #end(plate) {
    this.#stop();
    this.#dialog.remove();
    this.#done(plate);
  }

  #stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }
}

/** A button that opens the site of the plate which is scanned. */
export function scanButton(app) {
  return button(t("扫点位牌"), { iconName: "scan", onPress: () => openByPlate(app) });
}

async function openByPlate(app) {
  const plate = await scanPlate();
  if (!plate) return;
  if (!app.bundle?.site(plate.site_id)) return toast(t("手机上没有这块牌子的点位，请在“我的”里更新数据后再扫。"), "due");
  app.plate = plate;
  await app.go(`/m/sites/${plate.site_id}`);
}
