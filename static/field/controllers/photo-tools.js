// What can be done with one photo: a caption, what it proves, its place, taking it again, taking it out.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { iconButton, select } from "../helpers/parts.js";
import { captioned, moved, proving } from "../models/draft.js";

/** `photos`: the list that the photo stands in, at `index` of `count`. */
export function photoTools(photos, file, index, count) {
  const n = index + 1;
  const { editor } = photos;
  const caption = el("input", { class: "input caption", type: "text", value: file.caption, placeholder: t("说明"), "aria-label": t("第 {n} 张照片的说明", { n }), maxlength: 200 });
  caption.addEventListener("input", () => editor.apply((draft) => captioned(draft, file.id, caption.value)));
  const place = (by) => () => {
    editor.apply((draft) => moved(draft, file.id, by));
    return photos.changed();
  };
  const earlier = index > 0 && iconButton(t("第 {n} 张往前移", { n }), "back", place(-1));
  const later = index < count - 1 && iconButton(t("第 {n} 张往后移", { n }), "next", place(1));
  const again = iconButton(t("重拍第 {n} 张", { n }), "camera", () => photos.retake(file));
  return [caption, proof(photos, file, n), el("div", { class: "photo-tools" }, earlier, later, again, remover(photos, file, n))];
}

function proof(photos, file, n) {
  if (file.finding_id) return photos.items.length > 0 && el("p", { class: "muted small" }, t("证明事项：已知问题"));
  if (!photos.items.length) return null;
  const chooser = select([["", t("证明事项：现场全貌")], ...photos.items], file.item ?? "", (item) => {
    photos.editor.apply((draft) => proving(draft, file.id, item || null));
    photos.changed();
  });
  chooser.classList.add("input", "proof");
  chooser.setAttribute("aria-label", t("第 {n} 张照片的证明事项", { n }));
  return chooser;
}

function remover(photos, file, n) {
  const remove = iconButton(t("删除第 {n} 张照片", { n }), "close", async () => {
    if (remove.dataset.armed === undefined) return arm(remove, t("再按一次，删除第 {n} 张照片", { n }));
    await photos.editor.dropPhoto(file.id);
    await photos.changed();
  });
  return remove;
}

function arm(pressed, words) {
  pressed.dataset.armed = "";
  pressed.querySelector("svg").setAttribute("aria-label", words);
  toast(words, "due");
}
