// A suspected site that nobody has written down yet: where, what it pretends to be, in what premises. Seen on a walk, it is
// a lead of that walk; only heard of, it is a circle on the map.

import { el, fill } from "../../helpers/dom.js";
import { marked, t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, chips, field, notice, section, select } from "../helpers/parts.js";
import { gradeOf } from "../helpers/words.js";
import { clueLines } from "../models/clues.js";
import { listed, newDraft, photosOf } from "../models/draft.js";
import { Editor } from "../models/editor.js";
import { listFor, proposed } from "../models/lists.js";
import { finish, reportSite } from "../models/record.js";
import { uuid7 } from "../models/uuid7.js";
import { nothingYet } from "./live.js";
import { Photos } from "./photos.js";
import { placePicker } from "./place-picker.js";
import { clueFields, line, roomFields } from "./questions.js";

const HEARD_OF = marked("只是听说，没有到现场"); // what is kept is the Chinese word
const LINES = ["compound", "building", "unit", "floor", "room", "address", "remark"];

export default async function newSite(screen) {
  const { app, query } = screen;
  screen.frame({ title: t("登记疑似点"), back: "/m/nearby", isFlow: true });
  if (!app.bundle) return nothingYet(screen);
  const editor = new Editor(app.store, await draftFor(app, query), () => toast(t("没有保存上，手机可能没有空间了。"), "problem"));
  const photos = new Photos(screen, editor, { item: null });
  const place = el("div", { class: "stack-tight" });
  const draw = () => fill(place, whereItIs(screen, editor, draw));
  const { visit_id } = editor.draft;
  draw();
  follow(screen, editor, draw);
  screen.show(place, ...questions(app, editor), section(t("照片（选填）"), el("p", { class: "muted small" }, t("招牌、广告、门牌、门口的鞋；不要拍孩子的脸。")), await photos.element()), visit_id && discard(app, editor));
  if (visit_id) screen.frame({ title: t("走访发现的线索"), back: `/m/visit/${visit_id}` });
  const add = (andCheck) => () => save(app, editor, andCheck);
  const lead = [button(t("存为线索"), { kind: "primary", iconName: "tick", onPress: add(false) })];
  screen.frame({ primary: visit_id ? lead : [button(t("只登记"), { onPress: add(false) }), button(t("登记并检查"), { kind: "primary", iconName: "check", onPress: add(true) })] });
  screen.onLeave(() => editor.flush().catch(() => {}));
}

/** The draft of the address, else one begun before on the same walk or on none, else a new one: a page that iOS killed
 * finds its words again. */
async function draftFor(app, query) {
  const visit = query.get("visit");
  const begun = (await app.store.drafts()).filter((draft) => draft.site_report);
  const last = begun.find(({ visit_id }) => (visit_id ?? null) === visit);
  const known = begun.find(({ id }) => id === query.get("draft")) ?? (query.has("lon") ? null : last);
  if (known) return known;
  const id = uuid7();
  const site = { id, name: "", kind: "suspected" };
  const checklist = listFor(proposed(app.bundle.checklists, site, "canvass"), site);
  const draft = newDraft({ personId: app.personId, site, kind: "canvass", checklist });
  const report = { id, name: "", kind: "suspected", category: null, premises: null, ...Object.fromEntries(LINES.map((name) => [name, ""])), location: picked(query), clues: {}, is_heard: false };
  return { ...draft, visit_id: visit, site_report: report };
}

function picked(query) {
  const [lon, lat] = [Number(query.get("lon")), Number(query.get("lat"))];
  if (!query.has("lon") || !Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  return { lon, lat, accuracy_m: null, at: new Date().toISOString(), datum: "wgs84", source: "map" };
}

function follow(screen, editor, draw) {
  const { whereabouts } = screen.app;
  const settle = () => {
    const { location, is_heard } = editor.draft.site_report ?? { is_heard: true };
    if (!is_heard && location?.source !== "map") keepFix(whereabouts.best(), editor, draw);
  };
  screen.onLeave(whereabouts.follow(settle));
  settle(); // on a walk it is known already
}

function keepFix(best, editor, draw) {
  const { location } = editor.draft.site_report;
  if (best && (!location || best.accuracy_m <= (location.accuracy_m ?? Infinity))) set(editor, { location: { ...best, datum: "wgs84" } });
  if (best) editor.addFix(best);
  draw();
}

function whereItIs(screen, editor, draw) {
  const { location, is_heard } = editor.draft.site_report;
  const heard = el("label", { class: "check-line" }, el("input", { type: "checkbox", checked: is_heard }), el("span", {}, t("只是听说，我没有到那里")));
  heard.querySelector("input").addEventListener("change", ({ target }) => {
    set(editor, { is_heard: target.checked, location: target.checked ? null : here(screen.app) });
    draw();
  });
  if (is_heard) return [heard, placePicker(screen, () => editor.draft.site_report.location, (picked) => set(editor, { location: picked }))];
  if (location?.source === "map") return notice(t("位置是在地图上点的，到现场后请再定位核对。"), "due");
  const grade = gradeOf(location);
  const words = location ? t("位置 {radius}，站着不动会更准", { radius: grade.radius }) : t("正在定位…定不了位也可以登记，请写清地址。");
  return [el("div", { class: "fix", role: "status" }, el("span", { class: "grade", "data-state": grade.kind }, location ? grade.letter : "–"), el("span", {}, words)), heard];
}

function here({ whereabouts }) {
  const best = whereabouts.best();
  return best && { ...best, datum: "wgs84" };
}

function questions(app, editor) {
  const report = editor.draft.site_report;
  const change = (changes) => set(editor, changes);
  const text = (key, attributes = {}) => line(report[key], (typed) => change({ [key]: typed }), attributes);
  const kinds = app.bundle.vocabulary.site_categories.suspected ?? [];
  return [
    field(t("名称或招牌"), text("name", { maxlength: 200 }), { hint: t("没有招牌就写看到的，例如“3 栋 102 室补课”") }),
    field(t("以什么名义"), select([["", t("请选择")], ...kinds], report.category ?? "", (category) => change({ category: category || null }))),
    el("div", { class: "field" }, el("span", {}, t("场所")), chips(t("场所"), app.bundle.vocabulary.premises, report.premises, (premises) => change({ premises }))),
    roomFields(report, change),
    field(t("地址或怎么找到"), text("address", { maxlength: 200 }), { optional: true, hint: t("例如“菜市场对面，从后门上楼”") }),
    clueFields(report, change),
    field(t("补充说明"), text("remark", { maxlength: 1000 }), { optional: true, hint: t("什么时候上课、大约几个孩子") }),
  ];
}

function set(editor, changes) {
  editor.apply((draft) => {
    const site_report = { ...draft.site_report, ...changes };
    return { ...draft, site_report, site_name: site_report.name, updated_at: new Date().toISOString() };
  });
}

async function save(app, editor, andCheck) {
  const { draft } = editor;
  const wrong = whatIsWrong(draft.site_report);
  if (wrong) return toast(wrong, "due");
  const report = reportOf(draft.site_report);
  const isHeard = draft.site_report.is_heard;
  if (!(await app.store.record(report.id))) await reportSite(app.store, app.personId, report);
  await app.reread();
  const rest = editor.apply({ site_report: null, site_name: report.name, summary: draft.summary || (report.remark ?? ""), ...(isHeard && { fixes: [], no_fix_reason: HEARD_OF }) });
  await editor.flush();
  if (andCheck && !isHeard) await app.go(`/m/check/${draft.id}`, { replace: true });
  else await closeDraft(app, editor, rest);
  app.outbox.kick();
}

/** What POST /api/v1/field/sites takes: what was left empty is left out. */
function reportOf({ id, name, kind, category, premises, location, clues, ...rest }) {
  const lines = LINES.map((key) => [key, (rest[key] ?? "").trim()]);
  const known = clueLines(clues);
  return { id, name: name.trim(), kind, category, premises, location, address: null, remark: null, ...Object.fromEntries(lines.filter(([, words]) => words)), ...(known.length && { clues: known }) };
}

// A lead of a walk, and photos, need a check to travel in: an outside observation, with no checklist answered.
async function closeDraft(app, editor, draft) {
  if (draft.visit_id || photosOf(draft).length) {
    const bare = editor.apply((draft) => listed(draft, null));
    await editor.flush();
    await finish(app.store, bare, { dependsOn: bare.site_id, userAgent: navigator.userAgent });
  } else {
    await app.store.discardDraft(draft.id);
  }
  toast(t("已登记，保存在本机，会自动上传。"), "ok");
  const isWalking = draft.visit_id && (await app.store.draft(draft.visit_id));
  await app.go(isWalking ? `/m/visit/${draft.visit_id}` : "/m/checks", { replace: true });
}

function discard(app, editor) {
  const remove = button(t("放弃这条线索"), { kind: "quiet" });
  remove.addEventListener("click", async () => {
    if (remove.dataset.armed === undefined) {
      remove.dataset.armed = "";
      return fill(remove.querySelector("span"), t("再按一次，填的和照片都会删除"));
    }
    await editor.flush().catch(() => {});
    await app.store.discardDraft(editor.draft.id);
    return app.go(`/m/visit/${editor.draft.visit_id}`, { replace: true });
  });
  return remove;
}

function whatIsWrong({ name, category, location, address, compound, is_heard }) {
  if (!name.trim()) return is_heard ? t("请写名称，或者听到了什么") : t("请写名称，或者看到了什么");
  if (!category) return t("请选“以什么名义”");
  return location || address.trim() || (compound ?? "").trim() ? "" : t("没有位置，请写清小区或地址");
}
