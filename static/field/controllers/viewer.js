// A photo as large as the screen, a film or a spoken note to be played: from this phone, or from the server that has it.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { button } from "../helpers/parts.js";
import { isVoice } from "../models/draft.js";

/** Shows `file` until the person closes it; `bytes` are null where this phone no longer keeps them. */
export async function view(file, words, bytes) {
  const url = bytes && URL.createObjectURL(new Blob([bytes], { type: file.type }));
  const source = url ?? (file.fate === "received" ? atServer(file) : null);
  const dialog = el("dialog", { class: "dialog sheet viewer", "aria-label": words });
  const close = button(t("关闭"), { kind: "primary", wide: true, onPress: () => dialog.close() });
  dialog.append(el("div", { class: "stack-tight" }, source ? shown(file, words, source) : missing(), el("p", {}, words), close));
  document.getElementById("main").append(dialog);
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  dialog.remove();
  if (url) URL.revokeObjectURL(url);
}

function atServer(file) {
  return `/api/v1/files/${file.sha256}/${isMoving(file) ? "recording" : "1600"}`;
}

function isMoving(file) {
  return isVoice(file) || file.type.startsWith("video/");
}

function shown(file, words, src) {
  const tag = isVoice(file) ? "audio" : "video";
  const made = isMoving(file) ? el(tag, { src, controls: true, playsinline: true, "aria-label": words }) : el("img", { src, alt: words });
  made.addEventListener("error", () => made.replaceWith(missing()));
  return made;
}

/** HEIC in most browsers, a film in a coding that this phone can't play, or no signal. */
function missing() {
  return el("span", { class: "photo-missing" }, icon("photo"), el("span", {}, t("已存好，但这部手机上打不开。收妥后可以在电脑上看。")));
}
