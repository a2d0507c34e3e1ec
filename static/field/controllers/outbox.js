// 待传: what has not been handed over, why, and the button that tries now.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { button, empty, linkButton, notice, row, rows, section } from "../helpers/parts.js";
import { lightOf, nextTry, pauseWords } from "../helpers/words.js";
import { isSealed, isUnsent } from "../models/standing.js";
import { carriedSection, exportButton } from "./parcels.js";
import { live } from "./live.js";

export default async function outbox(screen) {
  screen.frame({ title: t("待传"), back: "/m/checks" });
  await live(screen, () => draw(screen));
}

async function draw(screen) {
  const { app } = screen;
  const { pause } = app.outbox.status;
  const unsent = (await app.store.records()).filter(isUnsent);
  const isDisabled = pause?.reason === "disabled";
  const carried = isDisabled && !(await app.store.carried()).length ? null : await carriedSection(app);
  if (!unsent.length) {
    screen.frame({ primary: [] });
    return screen.show(empty(t("全部收妥，可以放心离开"), t("提交的检查和照片，服务器都已逐一核对收妥。手机上的备份再保留 7 天。"), null, "ok"), carried);
  }
  const signIn = linkButton(t("重新登录"), "/account/sign-in?next=/m/outbox", { kind: "primary", iconName: "lock" });
  const send = button(isDisabled ? t("问问结果") : t("现在发送"), { kind: "primary", iconName: "up", onPress: () => app.outbox.retry() });
  screen.frame({ primary: [exportButton(app), pause?.reason === "signed_out" ? signIn : send] });
  const items = unsent.map((record) => row({ title: record.site_name, detail: record.problem?.message || record.sealed?.reason || "", href: `/m/checks/${record.id}`, iconName: "box", state: lightOf(record, app.outbox.status) }));
  screen.show(
    isDisabled ? disabled(unsent, pause) : pause && notice(pauseWords(pause), "due", nextTry(pause)),
    section(t("{n} 条还在手机上", { n: unsent.length }), rows(items)),
    !isDisabled && el("p", { class: "muted small" }, t("只有打开这个页面时才能上传。上传完以前，请不要清除浏览器数据。")),
    carried,
  );
}

/** Where the records of a disabled account are, and when the phone asks after them. */
function disabled(unsent, pause) {
  const words = unsent.every(isSealed) ? t("检查已封存在教育局，等专班核实后收下，结果会显示在这里。手机上的内容都还在，请不要清除浏览器数据。") : pauseWords(pause);
  return notice(words, "due", t("账号已停用"), el("p", { class: "small" }, t("只有打开这个页面时才能知道结果，{clock} 会自动再问。", { clock: clock(pause.until) })));
}
