// 今日: what to do now. Overdue first, one large button.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { daysBetween, due, hour } from "../../helpers/time.js";
import { button, empty, linkButton, notice, row, rows, section, siteIcon } from "../helpers/parts.js";
import { draftAddress } from "../models/standing.js";
import { sweepList } from "../helpers/sweep.js";
import { installHint } from "./install.js";
import { followIfAllowed, live, nothingYet } from "./live.js";

const SHOWN_PROBLEMS = 10;
const SHOWN_MINE = 5;

export default async function today(screen) {
  screen.frame({ title: t("今日") });
  await live(screen, () => draw(screen));
  followIfAllowed(screen, () => draw(screen)).catch(reportError);
}

async function draw(screen) {
  const { app } = screen;
  const drafts = await app.store.drafts();
  if (!app.bundle) return nothingYet(screen);
  const tasks = app.bundle.tasksInOrder();
  const grid = app.bundle.hasCells ? await import("../helpers/cell.js") : null; // whose work is elsewhere need not load it
  const cells = grid?.dueOf(app.bundle) ?? [];
  const update = await newVersion(app);
  screen.frame({ primary: primary(app, drafts, tasks, cells) });
  const lists = [taskList(app, tasks, cells), grid?.cellList(app, cells)];
  screen.show(greeting(app, cells), warning(app), update, sweepList(app), walks(app) ? lists.reverse() : lists, problemList(app), installHint());
}

/** Whose work is the grid comes to it first. */
function walks(app) {
  return app.bundle.person.roles.includes("grid_worker");
}

function greeting(app, cells) {
  const now = hour(Date.now());
  const words = now < 11 ? t("早上好") : now < 13 ? t("中午好") : now < 18 ? t("下午好") : t("晚上好");
  const counts = [app.bundle.tasks.length && t("还有 {n} 项任务", { n: app.bundle.tasks.length }), cells.length && t("{n} 个网格要走", { n: cells.length })];
  const text = counts.filter(Boolean).join(t("，")) || t("今天没有派给您的任务");
  return el("p", { class: "greeting" }, el("strong", {}, t("{words}，{name}", { words, name: app.personName })), el("span", { class: "muted" }, text));
}

function warning(app) {
  if (app.bundleState === "signed_out") {
    const link = linkButton(t("重新登录"), "/account/sign-in?next=/m", { kind: "primary" });
    return notice(t("手机上的内容都在，登录后接着用。"), "due", t("登录已过期"), link);
  }
  if (app.bundleState === "disabled") return notice(t("手机上的内容都还在，没传完的检查会自动封存送到教育局。要恢复使用，请联系本县管理员。"), "due", t("账号已停用"), linkButton(t("查看待传"), "/m/outbox"));
  return null;
}

/** Where nothing waits to be sent there is nothing to say: the next screen comes in the new version. */
export async function newVersion(app) {
  if (app.version?.state !== "new" || !(await app.unsentCount())) return null;
  const now = button(t("现在更新"), { onPress: () => app.version.agree() });
  return notice(t("待传的检查会先用现在的版本传完。也可以现在更新，已存的内容都会保留。"), "", t("新版本已就绪，传完后更新"), now);
}

function primary(app, drafts, tasks, cells) {
  const [draft] = drafts;
  if (draft) {
    const name = draft.site_name || (draft.tip ? t("新线索") : t("新疑似点"));
    const words = draft.form === "visit" ? t("继续走访：{name}", { name }) : t("继续草稿：{name}", { name });
    return [linkButton(words, draftAddress(draft), { kind: "primary", iconName: draft.form === "visit" ? "route" : "edit" })];
  }
  const [[task], [cell]] = [tasks, cells];
  if (cell && (!task || walks(app))) return [button(t("开始走访：{name}", { name: cell.name || cell.code }), { kind: "primary", iconName: "route", onPress: () => app.startVisit(cell) })];
  if (!task && isVolunteer(app)) return [linkButton(t("反映线索"), "/m/tips/new", { kind: "primary", iconName: "tip" })];
  if (!task) return [linkButton(t("看附近"), "/m/nearby", { kind: "primary", iconName: "here" })];
  const onPress = () => app.startCheck(app.bundle.site(task.site_id), { task });
  return [button(t("开始下一项"), { kind: "primary", iconName: "check", onPress })];
}

/** Whose own work is to tell of what they see. */
function isVolunteer(app) {
  return app.bundle.person.roles.every((role) => role === "volunteer");
}

function taskList(app, tasks, cells) {
  if (!tasks.length && cells.length) return null;
  if (!tasks.length) return empty(t("没有待办任务"), t("可以到附近看看；发现疑似点，就在“附近”登记。"), null, "task");
  return section(t("任务"), rows(tasks.map((task) => taskRow(app, task))));
}

function taskRow(app, task) {
  const { bundle } = app;
  const site = bundle.site(task.site_id);
  return row({
    title: site.name,
    detail: [bundle.word("check_kinds", task.kind), task.reason].filter(Boolean).join(" · "),
    meta: app.wayTo(site),
    href: `/m/sites/${site.id}?task=${task.id}`,
    iconName: siteIcon(site),
    state: task.due_on ? [dueKind(task.due_on), due(task.due_on)] : null,
  });
}

/** Those that the person answers for; where there are none, those of the township. */
function problemList(app) {
  const mine = app.bundle.myProblems();
  if (mine.length) return section(t("我的问题"), rows(mine.slice(0, SHOWN_MINE).map((problem) => problemRow(app, problem))), linkButton(t("看全部 {n} 个", { n: mine.length }), "/m/problems", { kind: "quiet", iconName: "list" }));
  const problems = app.bundle.problemsOfZone();
  if (!problems.length) return null;
  const title = app.bundle.person.township_id ? t("本镇街未销号的问题") : t("未销号的问题");
  return section(title, rows(problems.slice(0, SHOWN_PROBLEMS).map((problem) => problemRow(app, problem))), rest(problems.length - SHOWN_PROBLEMS));
}

function problemRow(app, problem) {
  const site = app.bundle.site(problem.site_id);
  return row({
    title: site.name,
    detail: [problem.text, problem.order].filter(Boolean).join(" · "),
    href: problem.is_mine ? `/m/sites/${site.id}?recheck=1` : `/m/sites/${site.id}`,
    iconName: siteIcon(site),
    state: problem.due_on ? [dueKind(problem.due_on), due(problem.due_on)] : ["problem", t("未销号")],
  });
}

function rest(count) {
  return count > 0 ? el("p", { class: "muted small" }, t("还有 {n} 个，在“附近”的点位里查看。", { n: count })) : null;
}

function dueKind(dueOn) {
  const days = daysBetween(Date.now(), dueOn);
  return days < 0 ? "problem" : days <= 3 ? "due" : "unknown";
}
