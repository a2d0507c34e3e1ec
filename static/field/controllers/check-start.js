// (a) What kind of visit, with whom, and what was said to the people there, with its time.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { button, card, field, notice, select } from "../helpers/parts.js";
import { listed } from "../models/draft.js";
import { isSame, listFor, proposed, sorted } from "../models/lists.js";

const LAST_OFFICER = "last-officer";

export default function startStep(flow) {
  const { app, editor } = flow;
  const { draft } = editor;
  const { bundle } = app;
  const site = bundle.site(draft.site_id);
  const list = lists(flow, site ?? { kind: "suspected" });
  const kinds = select(bundle.vocabulary.check_kinds, draft.kind, (kind) => {
    editor.apply({ kind });
    list.propose();
  });
  return [
    card("", el("p", {}, el("strong", {}, draft.site_name)), el("p", { class: "muted" }, [site && bundle.categoryOf(site), site?.address].filter(Boolean).join(" · ") || t("没有登记地址"))),
    field(t("检查类别"), kinds),
    flow.isCertified ? officers(flow) : notice(t("您没有有效的执法证或督学证，这次记录作为巡查线索，只在外面看，不进门检查。"), "due"),
    said(flow, "certificates_shown_at", t("已出示证件")),
    said(flow, "recording_told_at", t("已告知录音录像")),
    list.element,
  ];
}

function officers(flow) {
  const { app, editor } = flow;
  const people = app.bundle.officers;
  const words = (officer) => [officer.name, officer.department, officer.certificate_number ?? t("无有效证件")].filter(Boolean).join(" · ");
  const options = [["", t("还没有选")], ...people.map((officer) => [officer.id, words(officer)])];
  const choose = (id) => {
    editor.apply({ second_person_id: id || null });
    if (id) remember(app, id);
    flow.refresh();
  };
  const chooser = select(options, editor.draft.second_person_id ?? "", choose);
  const last = people.find(({ id }) => id === remembered(app));
  const again = last && !editor.draft.second_person_id && button(t("和上次一样：{name}", { name: last.name }), { iconName: "people" });
  again?.addEventListener("click", () => {
    chooser.value = last.id;
    choose(last.id);
    again.remove();
  });
  return el("div", { class: "stack-tight" }, field(t("第二名检查人员"), chooser, { hint: t("行政检查要两名持证人员") }), again);
}

/** A large switch that keeps the moment when it was pressed. */
function said(flow, key, words) {
  const { editor } = flow;
  const time = el("span", { class: "muted" });
  const toggle = el("button", { type: "button", class: "toggle", "aria-pressed": "false" }, icon("tick"), el("span", { class: "row-main" }, words), time);
  const draw = () => {
    const at = editor.draft[key];
    toggle.setAttribute("aria-pressed", String(Boolean(at)));
    time.textContent = at ? clock(at) : "";
  };
  toggle.addEventListener("click", () => {
    editor.apply({ [key]: editor.draft[key] ? null : new Date().toISOString() });
    draw();
    flow.refresh();
  });
  draw();
  return toggle;
}

/** The lists, those first that suit the kind of site. Another kind of check proposes another, until a person chose
 * one or answered something. */
function lists(flow, site) {
  const { app, editor } = flow;
  const all = app.bundle.checklists;
  if (!all.length) return { element: null, propose: () => {} };
  const hint = el("p", { class: "field-hint", role: "status" });
  const place = el("div", { class: "stack-tight" });
  const use = (list) => {
    flow.checklist = listFor(list, site);
    editor.apply((draft) => listed(draft, flow.checklist));
    draw();
    flow.refresh();
  };
  const draw = () => {
    const { suiting, others } = sorted(all, site, editor.draft.kind);
    const group = (label, found) => found.length > 0 && { label, options: found.map((list) => [keyOf(list), nameOf(app, list)]) };
    const mine = flow.checklist && !all.some((list) => isSame(list, flow.checklist)) && group(t("这次检查开始时的清单"), [flow.checklist]);
    const options = [mine, group(t("适合这里"), suiting), group(t("其他清单"), others), ["", t("不用清单，只拍照记录")]].filter(Boolean);
    const chooser = select(options, keyOf(flow.checklist), (value) => {
      editor.apply({ list_chosen: true });
      use([...all, flow.checklist].find((list) => list && keyOf(list) === value) ?? null);
    });
    fill(place, field(t("检查清单"), chooser));
    place.append(hint);
    hint.textContent = wordsAbout(flow);
  };
  const propose = () => {
    const { draft } = editor;
    const next = proposed(all, site, draft.kind);
    const isTouched = draft.list_chosen || Object.values(draft.answers).some(({ verdict }) => verdict);
    if (isTouched || isSame(next, flow.checklist)) draw();
    else use(next);
  };
  draw();
  return { element: place, propose };
}

function wordsAbout({ checklist, editor }) {
  if (!checklist) return "";
  const codes = new Set(checklist.items.map(({ code }) => code));
  const elsewhere = Object.entries(editor.draft.answers).filter(([code, { verdict }]) => verdict && !codes.has(code)).length;
  const count = t("{n} 项，第 {version} 版", { n: checklist.items.length, version: checklist.version });
  return elsewhere ? t("{count}。另有 {n} 项答在别的清单上，换回去还在，不随这次提交。", { count, n: elsewhere }) : count;
}

function keyOf(list) {
  return list ? `${list.code}/${list.version}` : "";
}

function nameOf(app, { title, title_en }) {
  return (app.language === "en" && title_en) || title;
}

function remember(app, id) {
  try {
    localStorage.setItem(`${LAST_OFFICER}-${app.personId}`, id);
  } catch {
    // Then it is chosen from the list again next time.
  }
}

function remembered(app) {
  try {
    return localStorage.getItem(`${LAST_OFFICER}-${app.personId}`);
  } catch {
    return null;
  }
}
