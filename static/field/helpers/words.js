// What the phone says of sites, checks and waits.

import { distance, whereFrom } from "../../helpers/distance.js";
import { t } from "../../helpers/i18n.js";
import { ago, clock } from "../../helpers/time.js";
import { grade } from "../models/fixes.js";
import { isStuck } from "../models/outbox.js";
import { progress } from "../models/receipt.js";

const SITE_STATES = { reported: "due", verified: "problem", rectifying: "due", suspended: "problem", licensed: "ok" };
const KIND_ICONS = { school: "school", institution: "institution", suspected: "suspected" };

export function siteIcon(site) {
  return KIND_ICONS[site.kind] ?? "location";
}

/** [kind, words]: open problems before the state of the site itself. */
export function siteState(bundle, site) {
  if (site.open_problems) return ["problem", t("{n} 个问题", { n: site.open_problems })];
  return [SITE_STATES[site.state] ?? "unknown", bundle.word("site_states", site.state)];
}

export function siteDetail(bundle, site) {
  const visit = site.last_visit ? t("上次到访 {when}", { when: whole(ago(site.last_visit)) }) : t("还没有到访过");
  return [bundle.categoryOf(site), visit].filter(Boolean).join(" · ");
}

/** No line is broken inside a date: after each hyphen stands a word joiner. */
function whole(date) {
  return date.replaceAll("-", "-\u2060");
}

export function away(fix, site) {
  if (!fix || site.lon === null || site.lat === null) return "";
  return whereFrom([fix.lon, fix.lat], [site.lon, site.lat]);
}

const GRADES = { A: () => t("精确"), B: () => t("较准"), C: () => t("粗略"), D: () => t("不可靠") };
const GRADE_STATES = { A: "ok", B: "ok", C: "due", D: "problem" };

/** { letter, word, kind, radius } of a fix, or of none. */
export function gradeOf(fix, now = Date.now()) {
  const letter = grade(fix, now);
  const radius = fix?.accuracy_m ? t("±{distance}", { distance: distance(fix.accuracy_m) }) : t("误差不详");
  return { letter, word: GRADES[letter](), kind: fix ? GRADE_STATES[letter] : "unknown", radius: fix ? radius : "" };
}

/** [kind, words] of a finished record, as the officer reads it. */
export function lightOf(record, status) {
  const { done, total } = progress(record);
  if (record.state === "received") return record.receipt?.refused?.length ? ["problem", t("已收妥，有照片要重拍")] : ["ok", t("已收妥")];
  if (record.state === "replaced") return ["unknown", t("已改好重交")];
  if (record.state === "left") return ["unknown", t("两份都已交，待专班核对")];
  if (record.state === "conflict") return ["problem", t("有两份，待核对")];
  if (record.state === "refused") return ["problem", t("被退回，要改")];
  if (isStuck(record)) return ["problem", t("有照片传不上去")];
  if (status.sending === record.id) return ["due", total ? t("正在传 {done}/{total}", { done, total }) : t("正在传")];
  if (record.state === "incomplete") return ["due", t("待传照片 {done}/{total}", { done, total })];
  return ["due", t("在本机")];
}

/** Why nothing is going out just now and what to do; null where nothing is amiss. */
export function pauseWords(pause) {
  const texts = {
    offline: t("连不上服务器。有信号后会自动上传，不用守着。"),
    captive: t("网络要求先登录（酒店、商场 WiFi）或被拦截，换成手机流量就好。"),
    busy: t("服务器正忙，稍后自动再试。"),
    full: t("服务器存储空间已满，已停止接收照片。请告诉区县专班；手机上的内容都还在。"),
    signed_out: t("登录已过期。内容都在手机上，重新登录后接着传。"),
    forbidden: t("账号现在不能上传。内容都在手机上，请联系区县专班。"),
    unsigned: t("服务器的回执没有可信的签名，先不当作收妥。内容都在手机上，会自动再核对。"),
    elsewhere: t("另一个打开的页面正在上传。"),
  };
  return pause ? (texts[pause.reason] ?? pause.message) : null;
}

export function nextTry(pause) {
  return pause?.until ? t("{clock} 再试", { clock: clock(pause.until) }) : "";
}
