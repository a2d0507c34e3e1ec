// The words of the board, by the values that the server uses.

import { t } from "../../helpers/i18n.js";

export const stateWord = (state) => ({
  waiting: t("待前往"), under_way: t("前往中"), arrived: t("已到达"), entered: t("检查中"), done: t("已完成"),
  closed: t("关门无人"), moved: t("已搬离"), refused: t("拒绝检查"), dropped: t("不再前往"),
})[state] ?? state;

export const stateKind = (state) => ({ done: "ok", closed: "problem", moved: "problem", refused: "problem", under_way: "due", arrived: "due", entered: "due" })[state] ?? "unknown";

export const entryWord = (kind) => ({
  on_duty: t("到岗"), off_duty: t("离岗"), set_out: t("出发前往"), arrived: t("到达"), entered: t("进入检查"), done: t("检查完成"),
  closed: t("关门无人"), moved: t("已搬离"), refused: t("拒绝检查"), support: t("请求支援"), incident: t("突发情况"), reply: t("回复指挥部"),
  message: t("指挥部消息"), reassigned: t("改派"), added: t("增加点位"), dropped: t("取消点位"), reopened: t("恢复点位"),
  left_team: t("退出小组"), resolved: t("已处置"), released: t("启动"), ended: t("结束"),
})[kind] ?? kind;

export const entryKind = (kind) => ({ support: "problem", incident: "problem", refused: "problem", closed: "problem", moved: "problem", done: "ok", resolved: "ok", message: "due", reply: "due" })[kind] ?? "unknown";

export const alarmWord = (kind) => ({
  support: t("请求支援"), incident: t("突发情况"), on_its_way: t("点位已了结，另一组仍在前往"), not_its_own: t("到场的不是该点位现在的小组"),
  after_drop: t("点位已取消，小组仍进行了检查"), inside: t("改派时原小组已在现场检查"),
})[kind] ?? kind;

export const supportWord = (kind) => ({
  danger: t("人身安全受到威胁"), crowd: t("人员聚集、围堵"), obstructed: t("阻挠检查"), police: t("需要公安到场"), hazard: t("发现重大安全隐患"), other: t("其他情况"),
})[kind] ?? "";

export const markWord = (mark) => ({
  not_your_stop: t("当时已不是本组点位"), left_team: t("此人已退出小组"), after_end: t("行动结束后所做"), heard_late: t("行动结束后才传到"),
  skewed_clock: t("手机时钟不准，时间已换算"), from_future: t("手机时钟超前"), unknown_stop: t("不在本次行动的点位"),
})[mark] ?? mark;

/** What the server's own message says; what a person wrote is shown as it is. */
export const saidWords = ({ words, clash }) => (clash === "on_its_way" ? t("该点位已由另一小组了结，不必再去，请前往下一个点位。") : words);
