// What the phone says of sites, checks and waits.

import { distance, whereFrom } from "../../helpers/distance.js";
import { t } from "../../helpers/i18n.js";
import { ago, clock } from "../../helpers/time.js";
import { grade } from "../models/fixes.js";
import { isStuck, progress } from "../models/standing.js";

const SITE_STATES = { reported: "due", verified: "problem", rectifying: "due", suspended: "problem", licensed: "ok" };

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
  if (record.sealed && status.sending !== record.id) return sealedLight(record.sealed);
  if (isStuck(record)) return ["problem", t("有照片传不上去")];
  if (status.sending === record.id) return ["due", total ? t("正在传 {done}/{total}", { done, total }) : t("正在传")];
  if (record.state === "incomplete") return ["due", t("待传照片 {done}/{total}", { done, total })];
  return ["due", t("在本机")];
}

/** What the office has of the record of a disabled account. */
function sealedLight({ state }) {
  if (state === "rejected") return ["problem", t("专班没有收下")];
  if (state === "refused") return ["problem", t("没有封存上")];
  return ["due", state === "taken" ? t("已收下，照片不全") : t("已封存，等专班核实")];
}

/** What that means and what to do; "" where nothing was sealed. */
export function sealedWords({ sealed }) {
  const reason = sealed?.reason || sealed?.message || "";
  const words = {
    held: t("账号已停用。这条检查连同照片已封存在教育局，等专班核实后收下，收下后这里会变成“已收妥”。手机上的内容都还在，请不要清除浏览器数据。"),
    taken: t("专班已收下这条检查，有照片在手机上读不出来，没有收到。"),
    rejected: t("专班看过后没有收下：{reason}。手机上的内容都还在，封存的文件也仍保留；有疑问请联系区县专班。", { reason }),
    refused: t("教育局的服务器没有收下这条检查：{reason}。手机上的内容都还在，可以再试，或者导出为文件交给同事。", { reason }),
  };
  return words[sealed?.state] ?? "";
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
    disabled: t("没传完的检查会自动封存送到教育局，等专班核实后收下，这里会看到结果。手机上的内容都还在，请不要清除浏览器数据。"),
    unproven: t("账号已停用，这台手机没有登记过，不能自动封存。内容都在手机上，请导出为文件，交给同事或区县专班。"),
    unsealable: t("账号已停用，服务器现在不能接收封存的文件。内容都在手机上，会自动再试。"),
    unsigned: t("服务器的回执没有可信的签名，先不当作收妥。内容都在手机上，会自动再核对。"),
    elsewhere: t("另一个打开的页面正在上传。"),
  };
  return pause ? (texts[pause.reason] ?? pause.message) : null;
}

export function nextTry(pause) {
  return pause?.until ? t("{clock} 再试", { clock: clock(pause.until) }) : "";
}
