// 联合行动: the sweeps whose team I am on. When and where to meet; where we go is in the sealed packet.

import { t } from "../../helpers/i18n.js";
import { button, empty, notice, rows } from "../helpers/parts.js";
import { sweepRow } from "../helpers/sweep.js";
import { live } from "./live.js";

export default async function ownSweeps(screen) {
  const { sweeps } = screen.app;
  screen.frame({ title: t("联合行动"), back: "/m" });
  sweeps.refresh().catch(reportError);
  await live(screen, async () => draw(screen, sweeps));
}

function draw(screen, { list, state }) {
  const again = button(t("再试一次"), { onPress: () => screen.app.sweeps.refresh() });
  const isAway = state !== "same" && state !== "unknown";
  if (!list.length && isAway) return screen.show(empty(t("没有连上，不知道有没有您的行动"), t("请换个有信号的位置再试。"), again, "offline"));
  if (!list.length) return screen.show(empty(t("没有您参加的联合行动"), t("编入小组并封存后，集合时间和密封包会自己到这里。"), null, "people"));
  const away = isAway && notice(t("显示的是上次联网时的内容。"), "due", t("现在没有连上"), again);
  return screen.show(away, rows(list.map(sweepRow)));
}
