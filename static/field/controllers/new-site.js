// A suspected site that nobody has written down yet: where, what it pretends to be, in what premises.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, chips, field, notice, section, select } from "../helpers/parts.js";
import { gradeOf } from "../helpers/words.js";
import { listed, newDraft, photosOf } from "../models/draft.js";
import { Editor } from "../models/editor.js";
import { listFor, proposed } from "../models/lists.js";
import { finish, reportSite } from "../models/record.js";
import { uuid7 } from "../models/uuid7.js";
import { nothingYet } from "./live.js";
import { Photos } from "./photos.js";

export default async function newSite(screen) {
  const { app, query } = screen;
  screen.frame({ title: t("登记疑似点"), back: "/m/nearby", isFlow: true });
  if (!app.bundle) return nothingYet(screen);
  const editor = new Editor(app.store, await draftFor(app, query), () => toast(t("没有保存上，手机可能没有空间了。"), "problem"));
  const photos = new Photos(screen, editor, { item: null });
  const place = el("div", {});
  const draw = () => place.replaceChildren(whereItIs(app, editor));
  draw();
  if (editor.draft.site_report.location?.source !== "map") screen.onLeave(app.whereabouts.follow((fix) => fix && keepFix(app, editor, draw)));
  screen.show(place, ...questions(app, editor), section(t("照片（选填）"), await photos.element()));
  const add = (andCheck) => () => save(app, editor, andCheck);
  screen.frame({ primary: [button(t("只登记"), { onPress: add(false) }), button(t("登记并检查"), { kind: "primary", iconName: "check", onPress: add(true) })] });
  screen.onLeave(() => editor.flush().catch(() => {}));
}

/** The draft of the address, else one begun before, else a new one: a page that iOS killed finds its words again. */
async function draftFor(app, query) {
  const begun = (await app.store.drafts()).filter((draft) => draft.site_report);
  const known = begun.find(({ id }) => id === query.get("draft")) ?? (query.has("lon") ? null : begun[0]);
  if (known) return known;
  const id = uuid7();
  const site = { id, name: "", kind: "suspected" };
  const checklist = listFor(proposed(app.bundle.checklists, site, "canvass"), site);
  const draft = newDraft({ personId: app.personId, site, kind: "canvass", checklist });
  return { ...draft, site_report: { id, name: "", kind: "suspected", category: null, premises: null, address: "", remark: "", location: picked(query) } };
}

function picked(query) {
  const [lon, lat] = [Number(query.get("lon")), Number(query.get("lat"))];
  if (!query.has("lon") || !Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  return { lon, lat, accuracy_m: null, at: new Date().toISOString(), datum: "wgs84", source: "map" };
}

function keepFix(app, editor, draw) {
  const best = app.whereabouts.best();
  const { location } = editor.draft.site_report;
  if (best && (!location || best.accuracy_m <= (location.accuracy_m ?? Infinity))) set(editor, { location: { ...best, datum: "wgs84" } });
  if (best) editor.addFix(best);
  draw();
}

function whereItIs(app, editor) {
  const { location } = editor.draft.site_report;
  if (location?.source === "map") return notice(t("位置是在地图上点的，到现场后请再定位核对。"), "due");
  const grade = gradeOf(location);
  const words = location ? t("位置 {radius}，站着不动会更准", { radius: grade.radius }) : t("正在定位…定不了位也可以登记，请写清地址。");
  return el("div", { class: "fix", role: "status" }, el("span", { class: "grade", "data-state": grade.kind }, location ? grade.letter : "–"), el("span", {}, words));
}

function questions(app, editor) {
  const report = editor.draft.site_report;
  const text = (key, attributes = {}) => {
    const input = el("input", { type: "text", value: report[key], autocomplete: "off", ...attributes });
    input.addEventListener("input", () => set(editor, { [key]: input.value }));
    return input;
  };
  const kinds = app.bundle.vocabulary.site_categories.suspected ?? [];
  return [
    field(t("名称或招牌"), text("name", { maxlength: 200 }), { hint: t("没有招牌就写看到的，例如“3 栋 102 室补课”") }),
    field(t("以什么名义"), select([["", t("请选择")], ...kinds], report.category ?? "", (category) => set(editor, { category: category || null }))),
    el("div", { class: "field" }, el("span", {}, t("场所")), chips(t("场所"), app.bundle.vocabulary.premises, report.premises, (premises) => set(editor, { premises }))),
    field(t("详细地址"), text("address", { maxlength: 300 }), { hint: t("小区-楼-单元-室") }),
    field(t("补充说明"), text("remark", { maxlength: 1000 }), { optional: true }),
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
  const report = { ...draft.site_report, name: draft.site_report.name.trim(), address: draft.site_report.address.trim() || null, remark: draft.site_report.remark.trim() || null };
  await reportSite(app.store, app.personId, report);
  await app.reread();
  const rest = editor.apply({ site_report: null, site_name: report.name });
  await editor.flush();
  if (andCheck) await app.go(`/m/check/${draft.id}`, { replace: true });
  else await closeDraft(app, editor, rest);
  app.outbox.kick();
}

// Photos need a check to travel in: an outside observation, with no checklist answered.
async function closeDraft(app, editor, draft) {
  if (photosOf(draft).length) {
    const bare = editor.apply((draft) => listed(draft, null));
    await editor.flush();
    await finish(app.store, bare, { dependsOn: bare.site_id, userAgent: navigator.userAgent });
  } else {
    await app.store.discardDraft(draft.id);
  }
  toast(t("已登记，保存在本机，会自动上传。"), "ok");
  await app.go("/m/checks", { replace: true });
}

function whatIsWrong({ name, category, location, address }) {
  if (!name.trim()) return t("请写名称，或者看到了什么");
  if (!category) return t("请选“以什么名义”");
  return location || address.trim() ? "" : t("没有位置，请写清详细地址");
}
