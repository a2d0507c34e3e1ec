// (b) One section of the checklist: a verdict for each item, a note, a photo.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { button, notice } from "../helpers/parts.js";
import { rulesOfItem } from "../helpers/rule.js";
import { VERDICTS, answered, answeredTogether, changed, noted, photosOf, sections, voicesOf } from "../models/draft.js";
import { departmentsOf, isAbsent } from "../models/joint.js";
import { Photos } from "./photos.js";
import { Voice } from "./voice.js";

const STATES = { compliant: "ok", not_compliant: "problem", unseen: "unknown" };

export default async function itemsStep(flow) {
  const group = sections(flow.checklist)[Number(flow.step.slice("items-".length)) - 1];
  const items = await Promise.all(group.items.map((item) => makeItem(flow, item)));
  return [department(flow, group), shortcuts(flow, group.items, items), ...items.map(({ element }) => element)].filter(Boolean);
}

/** On a joint sheet: whose matter these items are, and whether anybody of theirs came along. */
function department({ app, checklist, editor }, group) {
  const all = departmentsOf(checklist);
  if (!all.length || !group.department) return null;
  const name = app.bundle.word("departments", group.department);
  const place = el("p", { class: "joint-head" }, icon("people"), el("strong", {}, name), el("span", { class: "muted" }, t("第 {n} 个部门，共 {of} 个", { n: all.indexOf(group.department) + 1, of: all.length })));
  const absent = isAbsent(editor.draft.joint, group.department) && notice(t("本组没有{department}的人：看到什么照实记，问题会转给该部门。", { department: name }), "");
  return el("div", { class: "stack-tight" }, place, absent || null);
}

/** "All of this section": fills what has no verdict yet, and can be undone in the same place. */
function shortcuts(flow, items, shown) {
  const { editor } = flow;
  const bar = el("div", { class: "shortcuts" });
  const codes = items.map(({ code }) => code);
  const drawItems = () => {
    for (const item of shown) item.draw();
    flow.refresh();
  };
  const offer = () =>
    fill(bar, button(t("本组全部符合"), { iconName: "ok", onPress: () => all("compliant", t("符合")) }), button(t("本组不适用"), { onPress: () => all("not_applicable", t("不适用")) }));
  const all = (verdict, words) => {
    const before = editor.draft.answers;
    const count = codes.filter((code) => !before[code]?.verdict).length;
    editor.apply((draft) => answeredTogether(draft, codes, verdict));
    drawItems();
    const undo = button(t("撤销"), { kind: "quiet" });
    undo.addEventListener("click", () => {
      editor.apply((draft) => changed(draft, { answers: { ...draft.answers, ...Object.fromEntries(codes.map((code) => [code, before[code] ?? { verdict: null, note: "" }])) } }));
      drawItems();
      offer();
    });
    fill(bar, el("span", { role: "status" }, t("{n} 项记为“{words}”", { n: count, words })), undo);
    undo.focus({ preventScroll: true });
  };
  offer();
  return bar;
}

async function makeItem(flow, item) {
  const { app, editor } = flow;
  const words = (app.language === "en" && item.text_en) || item.text;
  const verdicts = app.bundle.vocabulary.verdicts.filter(([value]) => VERDICTS.includes(value));
  const more = el("div", { class: "stack-tight", hidden: true });
  const details = button(t("备注、照片"), { kind: "quiet", iconName: "edit" });
  const inputs = new Map();
  const choices = verdicts.map(([value, label]) => {
    const input = el("input", { type: "radio", name: item.code, value });
    input.addEventListener("change", () => {
      editor.apply((draft) => answered(draft, item.code, value));
      draw();
      flow.refresh();
    });
    inputs.set(value, input);
    return el("label", { class: "choice", "data-state": STATES[value] ?? null }, input, el("span", {}, label));
  });
  const lacking = el("p", { class: "field-error", hidden: true });
  let isOpen = Boolean(editor.draft.answers[item.code]?.note || editor.draft.files.some((file) => file.item === item.code));
  let isFilled = false;
  const draw = async () => {
    const { verdict } = editor.draft.answers[item.code] ?? {};
    for (const [value, input] of inputs) input.checked = value === verdict;
    const mustTell = verdict === "not_compliant";
    const wants = mustTell || isOpen;
    more.hidden = !wants;
    details.hidden = wants;
    showLacking(flow, item, lacking);
    if (!wants || isFilled) return;
    isFilled = true;
    fill(more, ...(await proof(flow, item, () => draw())), lacking);
  };
  details.addEventListener("click", async () => {
    isOpen = true;
    await draw();
    more.querySelector("textarea")?.focus();
  });
  await draw();
  const rules = rulesOfItem(app, app.bundle.rulesAbout(item.code));
  const legend = el("legend", {}, el("span", { class: "item-number" }, item.position), words);
  return { draw, element: el("article", { class: "item", id: item.code }, el("fieldset", { class: "field" }, legend, el("div", { class: "choices verdicts" }, choices)), rules, details, more) };
}

async function proof(flow, item, onChange) {
  const { editor } = flow;
  const note = el("textarea", { class: "input", rows: 2, "aria-label": t("第 {n} 项的情况说明", { n: item.position }), placeholder: t("写明看到的情况") });
  note.value = editor.draft.answers[item.code]?.note ?? "";
  note.addEventListener("input", () => {
    editor.apply((draft) => noted(draft, item.code, note.value));
    onChange();
    flow.refresh();
  });
  const photos = new Photos(flow.screen, editor, {
    item: item.code,
    onChange: () => {
      onChange();
      flow.refresh();
    },
  });
  // A spoken note takes the place of typing; the record says where to listen.
  const voice = new Voice(flow.screen, editor, {
    item: item.code,
    onChange: () => {
      if (!note.value.trim() && voicesOf(editor.draft, item.code).length) {
        note.value = t("见语音说明");
        editor.apply((draft) => noted(draft, item.code, note.value));
      }
      onChange();
      flow.refresh();
    },
  });
  const wanted = (flow.app.language === "en" && item.proof_en) || item.proof;
  const hint = wanted && el("p", { class: "field-hint" }, t("要带回的证明：{proof}", { proof: wanted }));
  return [hint, note, await voice.element(), await photos.element()].filter(Boolean);
}

function showLacking(flow, item, lacking) {
  const found = flow.missing().filter((each) => each.item === item.code);
  lacking.hidden = !found.length;
  fill(lacking, icon("warning"), el("span", {}, found.map(({ text }) => text).join(t("；"))));
}
