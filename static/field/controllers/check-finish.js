// (f) What was found, what is lacking, and the finish: after it nothing of the check is changed any more.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, facts, field, notice, section, state } from "../helpers/parts.js";
import { gradeOf } from "../helpers/words.js";
import { photosOf, sections, signature } from "../models/draft.js";
import { groupsOf } from "../models/facts.js";
import { best, lastKnown } from "../models/fixes.js";
import { shares } from "../models/joint.js";
import { finish } from "../models/record.js";
import { recheckLines } from "../models/rechecks.js";

export default function finishStep(flow) {
  const { editor } = flow;
  const summary = el("textarea", { rows: 3 });
  summary.value = editor.draft.summary;
  summary.addEventListener("input", () => editor.apply({ summary: summary.value }));
  flow.finishButton = button(t("提交检查"), { kind: "primary", iconName: "tick", onPress: ({ currentTarget }) => submit(flow, currentTarget) });
  return [lacking(flow), departments(flow), facts(overview(flow)), field(t("总的情况"), summary, { optional: true }), discard(flow)].filter(Boolean);
}

/** Of a joint sheet: how far each department's items are, and how many problems go to it. */
function departments(flow) {
  const { app, checklist, editor } = flow;
  const found = shares(checklist, sections(checklist), editor.draft.answers);
  if (!found.length) return null;
  const items = found.map(({ department, step, asked, answered, problems }) => {
    const said = problems ? state("problem", t("{n} 个问题转该部门", { n: problems })) : answered === asked ? state("ok", t("查完")) : null;
    const open = el("button", { type: "button", class: "row" }, el("span", { class: "row-main" }, el("span", { class: "row-title" }, app.bundle.word("departments", department)), el("span", { class: "row-detail" }, t("答了 {n} 项，共 {of} 项", { n: answered, of: asked }))), el("span", { class: "row-side" }, said), icon("next"));
    open.addEventListener("click", () => flow.go(step));
    return el("li", {}, open);
  });
  return section(t("各部门"), el("ul", { class: "rows" }, items));
}

function lacking(flow) {
  const found = flow.missing();
  if (!found.length) return notice(t("都填好了，可以提交。"), "ok");
  const items = [...found].sort((a, b) => Number(b.blocks) - Number(a.blocks)).map(({ step, blocks, text, item }) => {
    const open = el("button", { type: "button", class: "row", "data-blocks": String(blocks) }, icon(blocks ? "warning" : "info"), el("span", { class: "row-main" }, text), icon("next"));
    open.addEventListener("click", async () => {
      await flow.go(step);
      if (item) document.getElementById(item)?.scrollIntoView({ block: "start" });
    });
    return el("li", {}, open);
  });
  const mustMend = found.some(({ blocks }) => blocks);
  const words = mustMend ? t("下面标 ! 的要先补上；其余可以不补，直接提交。") : t("这些还空着，不补也可以提交。");
  return section(t("还缺这些"), el("p", { class: "muted" }, words), el("ul", { class: "rows" }, items));
}

function overview({ app, editor }) {
  const { draft } = editor;
  const count = (verdict) => Object.values(draft.answers).filter((answer) => answer.verdict === verdict).length;
  const fix = best(draft.fixes) ?? lastKnown(draft.fixes) ?? draft.fixes.at(-1) ?? null;
  const { letter, word, radius } = gradeOf(fix);
  const said = recheckLines(draft);
  const second = app.bundle.officers.find(({ id }) => id === draft.second_person_id);
  return [
    [t("检查类别"), app.bundle.word("check_kinds", draft.kind)],
    [t("检查人员"), [app.personName, second?.name].filter(Boolean).join("、")],
    ...(draft.checklist ? [[t("清单"), t("符合 {a}，不符合 {b}，不适用 {c}", { a: count("compliant"), b: count("not_compliant"), c: count("not_applicable") })]] : []),
    ...(said.length ? [[t("已知问题"), t("复查了 {n} 个", { n: said.length })]] : []),
    ...(groupsOf(draft).length ? [[t("登记事实"), t("{n} 组", { n: groupsOf(draft).length })]] : []),
    [t("照片"), t("{n} 张", { n: photosOf(draft).length })],
    [t("位置"), fix ? `${letter} · ${word} ${radius}` : draft.no_fix_reason],
    [t("签字"), signature(draft) ? t("已签") : draft.signature_refused],
  ];
}

async function submit(flow, pressed) {
  const { app, editor } = flow;
  const [first] = flow.missing().filter(({ blocks }) => blocks);
  if (first) return toast(first.text, "due");
  pressed.disabled = true;
  try {
    await editor.flush();
    const site = await app.store.record(editor.draft.site_id);
    await finish(app.store, editor.draft, { checklist: flow.checklist, factForms: app.bundle.factForms, dependsOn: site?.id ?? null, userAgent: navigator.userAgent });
  } catch (error) {
    pressed.disabled = false;
    reportError(error);
    return toast(t("没有提交成功，草稿还在。请再按一次；仍不行请刷新页面。"), "problem");
  }
  navigator.vibrate?.(30);
  await app.reread();
  await app.go(`/m/checks/${editor.draft.id}`, { replace: true });
  app.outbox.kick();
}

function discard({ app, editor }) {
  const remove = button(t("放弃这份草稿"), { kind: "quiet" });
  remove.addEventListener("click", async () => {
    if (remove.dataset.armed === undefined) {
      remove.dataset.armed = "";
      remove.querySelector("span").textContent = t("再按一次，草稿和照片都会删除");
      return;
    }
    await editor.flush().catch(() => {});
    await app.store.discardDraft(editor.draft.id);
    await app.go("/m/checks", { replace: true });
  });
  return remove;
}
