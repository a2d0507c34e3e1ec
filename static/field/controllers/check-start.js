// (a) What kind of visit, with whom, and what was said to the people there, with its time.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { button, card, field, notice, select } from "../helpers/parts.js";

const LAST_OFFICER = "last-officer";

export default function startStep(flow) {
  const { app, editor, checklist } = flow;
  const { draft } = editor;
  const { bundle } = app;
  const site = bundle.site(draft.site_id);
  const kinds = select(bundle.vocabulary.check_kinds, draft.kind, (kind) => editor.apply({ kind }));
  return [
    card("", el("p", {}, el("strong", {}, draft.site_name)), el("p", { class: "muted" }, [site && bundle.categoryOf(site), site?.address].filter(Boolean).join(" · ") || t("没有登记地址"))),
    field(t("检查类别"), kinds),
    flow.isCertified ? officers(flow) : notice(t("您没有有效的执法证或督学证，这次记录作为巡查线索，只在外面看，不进门检查。"), "due"),
    said(flow, "certificates_shown_at", t("已出示证件")),
    said(flow, "recording_told_at", t("已告知录音录像")),
    lists(flow, bundle.checklists, checklist),
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

function lists(flow, checklists, current) {
  if (!checklists.length) return null;
  const nameOf = ({ title, title_en }) => (flow.app.language === "en" && title_en) || title;
  const options = [...checklists.map((list) => [`${list.code}/${list.version}`, nameOf(list)]), ["", t("不用清单，只拍照记录")]];
  const chooser = select(options, current ? `${current.code}/${current.version}` : "", (value) => {
    const chosen = checklists.find((list) => `${list.code}/${list.version}` === value) ?? null;
    flow.checklist = chosen;
    flow.editor.apply({ checklist: chosen && { code: chosen.code, version: chosen.version } });
    flow.refresh();
  });
  return field(t("检查清单"), chooser);
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
