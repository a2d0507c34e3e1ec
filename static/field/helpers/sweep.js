// A joint sweep in words that may stand on a screen that others see: when and where to meet, and nothing of where it goes.

import { t } from "../../helpers/i18n.js";
import { clock, day, daysBetween } from "../../helpers/time.js";
import { row, rows, section } from "./parts.js";

/** [kind, words] of what the phone holds. */
export function standing(sweep) {
  if (sweep.contents) return ["ok", t("已打开")];
  if (sweep.is_tampered) return ["problem", t("密封包被改动过")];
  if (sweep.released_at || sweep.state === "running") return ["due", t("已启动，待打开")];
  return sweep.envelope ? ["ok", t("密封包已到")] : ["due", t("密封包没到")];
}

/** "今晚 19:30" or with the day. */
export function meeting(sweep, now = Date.now()) {
  const days = daysBetween(now, sweep.meets_at);
  const when = days === 0 ? t("今天") : days === 1 ? t("明天") : day(sweep.meets_at);
  return t("{when} {clock} 集合", { when, clock: clock(sweep.meets_at) });
}

export function sweepRow(sweep) {
  const detail = [sweep.meeting_point, sweep.team.name].filter(Boolean).join(" · ");
  return row({ title: meeting(sweep), detail, href: `/m/sweeps/${sweep.id}`, iconName: "people", state: standing(sweep) });
}

/** For the first screen; null where there is none. */
export function sweepList({ sweeps }) {
  if (!sweeps?.list.length) return null;
  return section(t("联合行动"), rows(sweeps.list.map(sweepRow)));
}
