// 反映线索: what somebody saw or heard, under their own name. Three questions first, the rest may stay empty; it goes when
// there is a signal.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, card, chips, field, select } from "../helpers/parts.js";
import { gradeOf } from "../helpers/words.js";
import { Editor } from "../models/editor.js";
import { SHORTEST, newTip, sendTip, titleOf } from "../models/tip.js";
import { nothingYet } from "./live.js";
import { placePicker } from "./place-picker.js";
import { clueFields, line, roomFields } from "./questions.js";

export default async function tipNew(screen) {
  const { app, query } = screen;
  screen.frame({ title: t("反映线索"), back: "/m/tips", isFlow: true });
  if (!app.bundle) return nothingYet(screen);
  const editor = new Editor(app.store, await draftFor(app, query), () => toast(t("没有保存上，手机可能没有空间了。"), "problem"));
  screen.show(...questions(screen, editor));
  screen.frame({ primary: [button(t("交上去"), { kind: "primary", iconName: "up", onPress: ({ currentTarget }) => send(app, editor, currentTarget) })] });
  screen.onLeave(() => leave(app, editor));
}

/** The draft of the address, else one begun before, else a new one. */
async function draftFor(app, query) {
  const begun = (await app.store.drafts()).filter(({ form }) => form === "tip");
  return begun.find(({ id }) => id === query.get("draft")) ?? begun[0] ?? newTip({ personId: app.personId });
}

/** Where nothing was written there is nothing to keep. */
async function leave(app, editor) {
  const { tip, id } = editor.draft;
  await editor.flush().catch(() => {});
  const isEmpty = !tip.text.trim() && !tip.place.trim() && !tip.compound.trim();
  if (isEmpty && (await app.store.draft(id))) await app.store.discardDraft(id);
}

function questions(screen, editor) {
  const { app } = screen;
  const { tip } = editor.draft;
  const change = (changes) => set(editor, changes);
  const text = el("textarea", { rows: 4, maxlength: 2000 });
  text.value = tip.text;
  text.addEventListener("input", () => change({ text: text.value }));
  const say = (key, attributes = {}) => line(tip[key], (typed) => change({ [key]: typed }), { maxlength: 200, ...attributes });
  const kinds = app.bundle.vocabulary.site_categories.suspected ?? [];
  return [
    field(t("看到或听到了什么"), text, { hint: t("谁在教、教什么、多少孩子") }),
    field(t("在哪里"), say("place"), { optional: true, hint: t("例如“阳光小区对面的商铺二楼”") }),
    whereabouts(screen, editor),
    field(t("一般什么时候上课"), say("schedule"), { optional: true, hint: t("例如“周六上午，晚上七点以后”") }),
    card(t("知道的话再填"), el("div", { class: "stack" },
      field(t("以什么名义"), select([["", t("不清楚")], ...kinds], tip.category ?? "", (category) => change({ category: category || null }))),
      roomFields(tip, change, ["compound", "building", "unit", "room"]),
      field(t("靠近哪所学校"), say("near"), { optional: true }),
      clueFields(tip, change),
    )),
    el("p", { class: "muted small" }, t("以您的名义交给区县专班，办到哪一步，在“我反映的线索”里看。您的名字不会告诉被反映的人。")),
  ];
}

/** Here, on the map, or nowhere. */
function whereabouts(screen, editor) {
  const place = el("div", { class: "stack-tight" });
  const { location } = editor.draft.tip;
  const given = location ? (location.source === "fix" ? "here" : "map") : null;
  const ways = [["here", t("我就在那里")], ["map", t("在地图上点")]];
  let stop = () => {};
  const choose = (way) => {
    stop();
    if (way !== given) set(editor, { location: null });
    if (way === "here") stop = followHere(screen, editor, place);
    else fill(place, way === "map" && placePicker(screen, () => editor.draft.tip.location, (picked) => set(editor, { location: picked })));
  };
  const group = chips(t("位置"), ways, given, choose);
  if (given) choose(given);
  screen.onLeave(() => stop());
  return el("div", { class: "field" }, el("span", {}, t("位置（选填）")), group, place);
}

function followHere({ app }, editor, place) {
  const { whereabouts } = app;
  const draw = () => {
    const best = whereabouts.best();
    const { location } = editor.draft.tip;
    if (best && (!location || (best.accuracy_m ?? Infinity) <= (location.accuracy_m ?? Infinity))) set(editor, { location: { ...best, datum: "wgs84" } });
    const kept = editor.draft.tip.location;
    const grade = gradeOf(kept);
    fill(place, el("div", { class: "fix", role: "status" }, el("span", { class: "grade", "data-state": grade.kind }, kept ? grade.letter : "–"), el("span", {}, kept ? t("已记下位置 {radius}", { radius: grade.radius }) : t("正在定位…"))));
  };
  draw();
  return whereabouts.follow(draw);
}

function set(editor, changes) {
  editor.apply((draft) => {
    const tip = { ...draft.tip, ...changes };
    return { ...draft, tip, site_name: titleOf(tip), updated_at: new Date().toISOString() };
  });
}

async function send(app, editor, pressed) {
  if (editor.draft.tip.text.trim().length < SHORTEST) return toast(t("请写清看到或听到了什么，至少 {n} 个字", { n: SHORTEST }), "due");
  pressed.disabled = true;
  try {
    await editor.flush();
    await sendTip(app.store, editor.draft);
  } catch (error) {
    pressed.disabled = false;
    reportError(error);
    return toast(t("没有交成功，草稿还在。请再按一次；仍不行请刷新页面。"), "problem");
  }
  toast(t("已存在本机，会自动交上去。"), "ok");
  await app.reread();
  await app.go("/m/tips", { replace: true });
  return app.outbox.kick();
}
