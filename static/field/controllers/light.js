// The light in the bar: what this phone has not handed over yet. A colour, a shape and words.

import { fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { isSealed, isStuck, isUnsent, progress } from "../models/standing.js";

export default function light(app, element) {
  const words = element.querySelector("span");
  const draw = async () => {
    const unsent = (await app.store.records()).filter(isUnsent);
    const [kind, text] = lit(unsent, app.outbox?.status ?? {});
    element.dataset.state = kind;
    if (words.textContent !== text) fill(words, text);
  };
  app.onChange(draw);
  draw();
}

function lit(unsent, { sending, pause }) {
  if (!unsent.length) return ["ok", t("已收妥")];
  if (!sending && unsent.every(isSealed)) return sealed(unsent);
  if (pause?.reason === "signed_out") return ["problem", t("请登录 · {n} 条", { n: unsent.length })];
  const now = unsent.find(({ id }) => id === sending);
  if (now) {
    const { done, total } = progress(now);
    return ["due", total ? t("正在传 {done}/{total}", { done, total }) : t("正在传")];
  }
  if (pause?.reason === "disabled" || pause?.reason === "unproven") return ["problem", t("账号停用 · {n} 条", { n: unsent.length })];
  const stuck = unsent.filter(isStuck).length;
  return stuck ? ["problem", t("{n} 条要处理", { n: stuck })] : ["due", t("在本机 {n} 条", { n: unsent.length })];
}

function sealed(unsent) {
  const back = unsent.filter((record) => record.sealed.state === "rejected").length;
  return back ? ["problem", t("{n} 条没有收下", { n: back })] : ["due", t("已封存 {n} 条", { n: unsent.length })];
}
