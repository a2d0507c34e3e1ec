// (c) The photos of the scene. Those taken at an item are shown too, since their order is the report's.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { Photos } from "./photos.js";
import { Voice } from "./voice.js";

export default async function photosStep(flow) {
  const words = ({ position, text, text_en }) => `${position}. ${(flow.app.language === "en" && text_en) || text}`;
  const items = (flow.checklist?.items ?? []).map((item) => [item.code, words(item)]);
  const photos = new Photos(flow.screen, flow.editor, { items, onChange: () => flow.refresh() });
  const voice = new Voice(flow.screen, flow.editor);
  return [
    el("p", { class: "muted" }, t("拍门牌、招牌、教室和人数。照片原样保存，不加水印，拍下就存在手机里。")),
    await photos.element(),
    await voice.element(),
  ];
}
