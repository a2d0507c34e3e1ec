// One site: what is known of it, what is open, and the button that starts a check.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { ago, due } from "../../helpers/time.js";
import { button, card, empty, facts, linkButton, notice, row, rows, section, state } from "../helpers/parts.js";
import { dueState, nextStep } from "../helpers/problem.js";
import { away, siteState } from "../helpers/words.js";
import { followIfAllowed, live, nothingYet } from "./live.js";
import { mayCorrect, pending, showCorrection } from "./site-edit.js";

export default async function site(screen) {
  if (screen.query.has("edit")) return showCorrection(screen);
  screen.frame({ title: t("点位"), back: "/m/nearby" });
  await live(screen, () => draw(screen));
  await followIfAllowed(screen, () => draw(screen));
}

async function draw(screen) {
  const { app } = screen;
  if (!app.bundle) return nothingYet(screen);
  const found = app.bundle.site(screen.id);
  if (!found) return screen.show(empty(t("手机上没有这个点位"), t("可能刚登记或已合并，请在“我的”里更新数据。"), linkButton(t("去更新"), "/m/me", { kind: "primary" }), "location"));
  const task = app.bundle.tasks.find(({ id, site_id }) => site_id === found.id && (!screen.query.get("task") || id === screen.query.get("task"))) ?? null;
  const isAgain = comesForProblems(screen, found);
  screen.frame({ title: found.name, primary: [isAgain ? again(screen, found, "primary") : starter(screen, found, task, "primary")] });
  screen.show(task && taskNotice(app, task), await pending(app, found), about(app, found), problems(screen, found, task));
}

function starter({ app }, found, task, kind) {
  return button(task ? t("开始任务") : t("开始检查"), { kind, iconName: "check", onPress: () => app.startCheck(found, { task }) });
}

/** With the task to look again, where one is open: without a task the visit would be no inspection and close nothing. */
function again({ app }, found, kind) {
  const task = app.bundle.tasks.find((each) => each.site_id === found.id && each.kind === "recheck") ?? null;
  return button(t("复查"), { kind, iconName: "flag", onPress: () => app.startCheck(found, { task, kind: "recheck" }) });
}

function taskNotice(app, task) {
  const kind = app.bundle.word("check_kinds", task.kind);
  return notice([kind, task.reason].filter(Boolean).join(" · "), "due", task.due_on ? t("任务，{due}", { due: due(task.due_on) }) : t("有任务"));
}

function about(app, found) {
  const { bundle } = app;
  const place = found.lon === null ? t("还没有位置") : away(app.whereabouts.any(), found) || t("打开“附近”后显示距离");
  return card(
    "",
    el("p", {}, state(...siteState(bundle, found))),
    facts([
      [t("类别"), [bundle.word("site_kinds", found.kind), bundle.categoryOf(found)].filter(Boolean).join(" · ")],
      [t("地址"), found.address],
      [t("距离"), place],
      [t("上次到访"), found.last_visit ? ago(found.last_visit) : t("还没有到访过")],
      [t("负责人"), found.person_in_charge],
    ]),
    mayCorrect(app) && el("p", {}, linkButton(t("更正"), `/m/sites/${found.id}?edit=1`, { iconName: "edit" })),
  );
}

/** Who comes from the list of problems came to look at them again. */
function comesForProblems({ app, query }, found) {
  return query.has("recheck") && app.bundle.problemsAt(found.id).length > 0;
}

function problems(screen, found, task) {
  const open = screen.app.bundle.problemsAt(found.id);
  if (!open.length) return null;
  const items = open.map((problem) => row({ title: problem.text, detail: [problem.order, nextStep(problem)].filter(Boolean).join(" · "), iconName: "flag", state: dueState(problem.due_on) }));
  const other = comesForProblems(screen, found) ? starter(screen, found, task, "") : task?.kind === "recheck" ? null : again(screen, found, "");
  return section(t("未销号的问题"), rows(items), other);
}
