// One number, two records: what they say differently, and what the officer can do. Nothing is overwritten.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { dayAndClock } from "../../helpers/time.js";
import { button, card, notice } from "../helpers/parts.js";
import { outcomeWords } from "../helpers/problem.js";
import { ask } from "../models/asking.js";
import { differences } from "../models/difference.js";

const others = new Map();

/** What differs from the record the server took first; asks the server for that one. */
export async function conflictCard(app, record) {
  const what = t("同一编号下有两份内容不同的记录，两份都已保存在服务器，谁也没有覆盖谁。");
  const theirs = await other(app, record.id);
  if (!theirs) {
    return card(t("两份记录的差别"), notice(what, "due"), el("p", { class: "muted" }, t("现在取不到服务器上的那一份，有信号后再打开这一页就能看到差别。")));
  }
  const mine = JSON.parse(new TextDecoder().decode(record.bytes));
  const found = differences(mine, theirs, wordsOf(app));
  const side = (words, value) => el("div", {}, el("dt", { class: "muted small" }, words), el("dd", {}, value ?? t("（空）")));
  const items = found.map(({ label, mine: one, theirs: other }) => el("li", { class: "difference" }, el("strong", {}, label), el("dl", {}, side(t("本机"), one), side(t("服务器"), other))));
  const same = el("p", {}, t("填写的内容没有差别，只有时间或序号不同。"));
  const advice = el("p", { class: "muted small" }, t("要以本机为准，就作为新的检查再交一次；拿不准就留给专班核对，不用再做什么。"));
  return card(t("两份记录的差别"), notice(what, "due"), found.length ? el("ul", { class: "differences" }, items) : same, advice);
}

/** The content of the record that the server has under an id; it never changes. Null while it can't be had. */
async function other(app, id) {
  if (!others.has(id)) {
    const answer = await ask(app.fetch, `/api/v1/checks/${id}/record`, { cache: "no-store" }).catch(() => null);
    if (answer) others.set(id, answer.body);
  }
  return others.get(id) ?? null;
}

/** The server has both: nothing is left to do here. */
export async function leaveToOffice(app, record) {
  await app.store.updateRecord(record.id, { state: "left", problem: null });
  app.heartbeat.beat().catch(reportError);
}

/** The two ways out. */
export function conflictActions(app, record, reopen) {
  return [button(t("留给专班核对"), { onPress: () => leaveToOffice(app, record) }), button(t("作为新的检查再交"), { kind: "primary", iconName: "edit", onPress: reopen })];
}

function wordsOf({ bundle, personId, personName }) {
  const people = new Map([[personId, personName], ...(bundle?.officers ?? []).map(({ id, name }) => [id, name])]);
  const items = new Map((bundle?.everyChecklist ?? []).flatMap((list) => list.items.map(({ code, position, text }) => [code, `${position}. ${text}`])));
  const problems = new Map((bundle?.problems ?? []).map(({ id, text }) => [id, text]));
  return (field, value) => {
    if (field.endsWith("_at")) return dayAndClock(value);
    if (field === "kind") return bundle?.word("check_kinds", value);
    if (field === "verdict") return bundle?.word("verdicts", value);
    if (field === "subject") return bundle?.factForms.subjects.find(({ subject }) => subject === value)?.label ?? value;
    if (field === "problem") return problems.get(value) ?? value;
    if (field === "outcome") return outcomeWords()[value] ?? value;
    if (field === "item") return items.get(value) ?? value;
    if (field === "site_id") return bundle?.site(value)?.name ?? value;
    return people.get(value) ?? value;
  };
}
