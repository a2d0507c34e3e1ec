// What the phone says of a problem that is not struck off: how long it has, and what has to happen next.

import { t } from "../../helpers/i18n.js";
import { daysBetween, due } from "../../helpers/time.js";

const SOON_DAYS = 3;

/** [kind, words] of a deadline, or of none. */
export function dueState(dueOn, now = Date.now()) {
  if (!dueOn) return ["unknown", t("没有期限")];
  const days = daysBetween(now, dueOn);
  return [days < 0 ? "problem" : days <= SOON_DAYS ? "due" : "ok", due(dueOn, now)];
}

/** The words of `rechecks[].outcome`. */
export function outcomeWords() {
  return { fixed: t("已整改到位"), partly: t("部分整改"), not_fixed: t("未整改"), unseen: t("未能核实") };
}

/** What has to happen next. What a bundle of before doesn't say is left out. */
export function nextStep({ step, due_on }, now = Date.now()) {
  const isOver = Boolean(due_on) && daysBetween(now, due_on) <= 0;
  const words = {
    confirm: t("等待确认"),
    order: t("等待开具整改文书"),
    sign: t("整改文书待签发"),
    serve: t("整改文书待送达"),
    mend: isOver ? t("期限已到，请复查") : t("整改中，到期前复查"),
    review: t("整改回复待审核"),
    answered: t("已回复整改，请复查"),
    failed: isOver ? t("复查没有通过，期限已过，等督办") : t("复查没有通过，继续整改后再复查"),
    unseen: t("复查未能核实，请再复查"),
    fixed: t("复查已整改到位，等销号"),
    suspended: t("期限已中止"),
  };
  return words[step] ?? "";
}

/** Beyond its deadline, which runs. */
export function isLate({ due_on, step }, now = Date.now()) {
  return step !== "suspended" && Boolean(due_on) && daysBetween(now, due_on) < 0;
}

/** Due today or within the next days. */
export function isSoon({ due_on, step }, now = Date.now()) {
  if (step === "suspended" || !due_on) return false;
  const days = daysBetween(now, due_on);
  return days >= 0 && days <= SOON_DAYS;
}
