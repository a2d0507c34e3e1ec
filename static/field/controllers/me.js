// 我的: who I am here, how the page looks, what stands on this phone, and leaving it.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { ago, daysBetween } from "../../helpers/time.js";
import { toast } from "../../helpers/toast.js";
import { button, card, facts, linkButton, notice, row, rows, state } from "../helpers/parts.js";
import { isLate } from "../helpers/problem.js";
import { cellsOf } from "../models/cells.js";
import { isSealed, isUnsent } from "../models/standing.js";
import { installCard } from "./install.js";
import { live } from "./live.js";
import { newVersion } from "./today.js";

const SOON_DAYS = 30;
const TELLERS = new Set(["volunteer", "grid_worker", "inspector", "township_admin"]); // tip.send of inspections/access.py
const TOLD = new Set(["enforcer", "inspector", "grid_worker", "township_admin"]);

export default async function me(screen) {
  screen.frame({ title: t("我的") });
  const look = document.getElementById("look-switch").content.cloneNode(true).firstElementChild;
  const [mine, kept, leaving] = [el("div", {}), el("div", { class: "stack" }), el("div", { class: "stack-tight" })];
  const problems = el("div", {});
  const rules = linkButton(t("规则速查"), "/m/rules", { iconName: "document", wide: true });
  screen.show(mine, problems, rules, kept, installCard(), card(t("显示"), look), card(t("账号"), linkButton(t("修改密码、管理登录设备"), "/account/password?next=/m/me", { iconName: "lock", wide: true }), leaving));
  await live(screen, async () => {
    mine.replaceChildren(person(screen.app));
    fill(problems, screen.app.bundle && rows(mineOf(screen.app)));
    fill(kept, await newVersion(screen.app), await storage(screen.app));
    leaving.replaceChildren(...(await signOut(screen.app)));
  });
}

function person(app) {
  const { certificate } = app.bundle?.person ?? {};
  return card(app.personName, facts([
    [t("角色"), app.roleName],
    [t("区县"), app.bundle?.county.name],
    [t("证件"), certificate ? el("span", { class: "cluster" }, certificate.number, validity(certificate)) : t("没有有效证件，检查记为巡查线索")],
  ]));
}

function mineOf({ bundle, sweeps }) {
  const cells = cellsOf(bundle);
  const due = cells.due().length;
  const tips = bundle.person.roles.some((role) => TELLERS.has(role));
  const state = due ? ["due", t("{n} 个要走", { n: due })] : ["ok", t("都走过了")];
  return [
    cells.all.length > 0 && row({ title: t("我的网格"), detail: t("共 {n} 个", { n: cells.all.length }), href: "/m/cells", iconName: "map", state }),
    tips && row({ title: t("我反映的线索"), detail: t("反映线索，看办理到哪一步"), href: "/m/tips", iconName: "tip" }),
    bundle.person.roles.includes("enforcer") && row({ title: t("部门报到"), detail: t("镇街吹哨请我们一起去，在这里答复"), href: "/calls", iconName: "people" }),
    sweeps?.list.length > 0 && row({ title: t("联合行动"), detail: t("集合时间、密封包和启动"), href: "/m/sweeps", iconName: "people" }),
    bundle.person.roles.some((role) => TOLD.has(role)) && row({ title: t("调度指令"), detail: t("专项行动的日调度交给我的事，在这里签收和答复"), href: "/instructions", iconName: "list" }),
    myProblems(bundle),
  ].filter(Boolean);
}

function myProblems(bundle) {
  const mine = bundle.myProblems();
  const late = mine.filter((each) => isLate(each)).length;
  const state = late ? ["problem", t("{n} 个逾期", { n: late })] : mine.length ? ["due", t("{n} 个", { n: mine.length })] : ["ok", t("没有")];
  return row({ title: t("我的问题"), detail: t("我发现、确认或责任区里没有销号的，共 {n} 个", { n: mine.length }), href: "/m/problems", iconName: "flag", state });
}

function validity({ valid_until }) {
  if (!valid_until) return state("ok", t("长期有效"));
  const days = daysBetween(Date.now(), valid_until);
  return days > SOON_DAYS ? state("ok", t("有效至 {day}", { day: valid_until })) : state("due", t("{n} 天后到期", { n: days }));
}

async function storage(app) {
  const unsent = await app.unsentCount();
  const drafts = (await app.store.drafts()).length;
  const refresh = button(t("更新任务和点位"), { iconName: "download", wide: true, onPress: () => renew(app) });
  return card(t("这台手机"), facts([
    [t("离线打开"), opening(app.version)],
    [t("待传"), unsent ? state("due", t("{n} 条", { n: unsent })) : state("ok", t("全部收妥"))],
    [t("草稿"), t("{n} 份", { n: drafts })],
    [t("离线可用"), app.bundle ? held(app.bundle) : t("还没有取到")],
    [t("保存空间"), await room()],
    [t("数据保护"), await protection()],
  ]), refresh);
}

function opening({ state: word, files }) {
  if (word === "none") return el("span", { class: "cluster" }, state("problem", t("不能")), el("span", {}, t("此环境不能离线打开，请用系统浏览器")));
  const [kind, short, words] = files ? ["ok", t("可以"), t("没有信号也能打开")] : ["due", t("准备中"), t("正在保存到手机，请先不要关闭页面")];
  return el("span", { class: "cluster" }, state(kind, short), el("span", {}, words));
}

function held(bundle) {
  const { tasks, siteCount, problems, checklists, rules, townships, fetchedAt } = bundle;
  const counts = { tasks: tasks.length, sites: siteCount, problems: problems.length, lists: checklists.length, rules: rules?.length ?? 0, towns: townships.length };
  return t("{tasks} 项任务、{sites} 个点位、{problems} 个未销号的问题、{lists} 份检查表、{rules} 条规则、{towns} 个镇街的轮廓，{when}更新", { ...counts, when: ago(fetchedAt) });
}

async function room() {
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  if (!quota) return t("浏览器没有说明");
  return t("已用 {used}，还可用 {left}", { used: megabytes(usage), left: megabytes(quota - usage) });
}

function megabytes(bytes) {
  return bytes < 1e9 ? `${Math.max(0, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

async function protection() {
  const isSafe = await navigator.storage?.persisted?.().catch(() => false);
  return isSafe ? t("浏览器不会自动清除") : t("浏览器可能自动清除：请把网页加到主屏幕，并及时上传");
}

async function renew(app) {
  const words = {
    new: [t("已是最新"), "ok"],
    same: [t("已是最新"), "ok"],
    signed_out: [t("登录已过期，请重新登录"), "problem"],
    disabled: [t("账号已停用，手机上的内容都还在"), "problem"],
    forbidden: [t("账号没有外勤权限，请联系区县专班"), "problem"],
  };
  toast(...(words[await app.refresh()] ?? [t("现在连不上服务器，手机上的数据照常可用"), "due"]));
}

// What is not handed over is lost for this person with the sign-in, so it goes out first.
async function signOut(app) {
  const unsent = await app.unsentCount({ exported: false });
  const form = document.getElementById("sign-out").content.cloneNode(true).firstElementChild;
  if (!unsent) {
    const sealed = (await app.store.records()).filter((record) => isUnsent(record) && isSealed(record)).length;
    const advice = sealed > 0 && el("p", { class: "muted small" }, t("{n} 条检查已封存在教育局，退出后这台手机收不到专班核实的结果。", { n: sealed }));
    form.append(button(t("退出登录"), { kind: "danger", wide: true, iconName: "leave", onPress: () => leave(app, form) }));
    return [advice, form].filter(Boolean);
  }
  const send = linkButton(t("去发送"), "/m/outbox", { kind: "primary", wide: true });
  return [notice(t("还有 {n} 条检查没有传完，现在退出就传不上去了。请先发送，全部收妥后再退出；没有信号可以先导出为文件。", { n: unsent }), "due", t("暂时不能退出")), send];
}

async function leave(app, form) {
  if (await app.unsentCount({ exported: false })) return;
  await app.store.dropBundle(app.personId);
  form.submit();
}
