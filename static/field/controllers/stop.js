// One stop of tonight: how to come near, what is known, what is found there, the check.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { toast } from "../../helpers/toast.js";
import { button, card, empty, facts, linkButton, notice, section, state } from "../helpers/parts.js";
import { askSupport, askWords, hours, kindWords, stepWords, stopState } from "../helpers/night.js";
import { away, lightOf, siteState } from "../helpers/words.js";
import { actionsAt } from "../models/night.js";
import { followIfAllowed, live, nothingYet } from "./live.js";

const FOUND_ICONS = { closed: "lock", moved: "leave", refused: "warning" };

export default async function stop(screen) {
  screen.frame({ title: t("点位"), back: "/m" });
  if (!screen.app.bundle) return nothingYet(screen);
  await live(screen, () => draw(screen));
  await followIfAllowed(screen, () => draw(screen));
}

async function draw(screen) {
  const { app } = screen;
  const { night, stop } = await app.night.stop(screen.id);
  if (!stop) return screen.show(empty(t("手机上没有这个点位"), t("可能已改派给其他小组，请回到行动页查看。"), linkButton(t("回到今日"), "/m", { kind: "primary" }), "location"));
  screen.frame({ title: stop.site.name, back: `/m/night/${night.id}`, primary: night.isOver || stop.isGone ? [] : primary(app, night, stop) });
  screen.show(together(stop), about(app, stop), approach(stop), known(app, stop), await check(app, night, stop), found(app, night, stop), log(app, night, stop));
}

function primary(app, night, stop) {
  const { next } = actionsAt(stop.state);
  if (!next) return [linkButton(t("下一个点位"), night.here ? `/m/stop/${night.here.id}` : `/m/night/${night.id}`, { kind: "primary", iconName: "next" }), supportButton(app, night, stop)];
  const [iconName, words] = stepWords(next);
  const said = stop.state in FOUND_ICONS ? t("再去一次") : words;
  return [button(said, { kind: "primary", iconName, onPress: () => step(app, night, stop, next) }), supportButton(app, night, stop)];
}

async function step(app, night, stop, kind) {
  const check_id = kind === "done" ? night.checkAt(stop.id) : null;
  const said = await app.night.say(night.id, kind, { stopId: stop.id, ...(check_id && { check_id }) });
  if (kind === "done") undoable(app, said, check_id && (await app.store.draft(check_id)) ? t("已记“检查完成”。检查还没录完，请接着录。") : t("已记“{what}”", { what: kindWords(kind) }));
}

/** Always where the thumb is. */
export function supportButton(app, night, stop = null) {
  return button(t("求援"), {
    kind: "danger",
    iconName: "warning",
    onPress: async () => {
      const said = await askSupport();
      if (!said) return;
      await app.night.say(night.id, "support", { stopId: stop?.id ?? null, ...said });
      toast(t("求援已记下，有信号立即送到指挥部"), "due");
    },
  });
}

/** Stops of one operator are entered at one moment: who comes early waits. */
function together(stop) {
  if (!stop.link || !stop.enters_at || !["waiting", "under_way", "arrived"].includes(stop.state)) return null;
  return notice(t("和关联点位同时进入，先到的在外等候，不要提前露面。"), "due", t("{at} 同时进入", { at: clock(stop.enters_at) }));
}

function about(app, stop) {
  const { bundle } = app;
  const site = bundle.site(stop.site.id) ?? stop.site;
  return card(
    "",
    el("p", { class: "cluster" }, state(...stopState(stop)), site.state && state(...siteState(bundle, site))),
    facts([
      [t("计划进入"), hours(stop)],
      [t("地址"), site.address],
      [t("距离"), site.lon === null ? t("还没有位置") : away(app.whereabouts.any(), site) || t("打开定位后显示距离")],
      [t("类别"), [bundle.word("site_kinds", site.kind), bundle.categoryOf(site)].filter(Boolean).join(" · ")],
      [t("负责人"), site.person_in_charge],
    ]),
  );
}

function approach(stop) {
  return stop.approach ? card(t("怎么进"), el("p", { class: "night-words" }, stop.approach)) : null;
}

function known(app, stop) {
  const problems = app.bundle.problemsAt(stop.site.id).map(({ text }) => text);
  const lines = [...(stop.known ?? []), ...problems.filter((text) => !(stop.known ?? []).some((line) => line.includes(text)))];
  const list = lines.length ? el("ul", { class: "night-known" }, lines.map((line) => el("li", {}, line))) : el("p", { class: "muted" }, t("没有更多线索。"));
  return card(t("已知情况"), list);
}

async function check(app, night, stop) {
  if (stop.isGone) return null;
  const id = night.checkAt(stop.id);
  const [draft, record] = id ? [await app.store.draft(id), await app.store.record(id)] : [];
  const sheetName = stop.joint_sheet && t("综合查一次：{title}", { title: stop.joint_sheet.title });
  const words = el("p", { class: "muted" }, sheetName || t("各部门的事项一次查完，照片随检查一起传。"));
  if (record) return card(t("检查"), el("p", {}, state(...lightOf(record, app.outbox.status))), linkButton(t("看检查记录"), `/m/checks/${id}`, { iconName: "document" }));
  if (id && !draft) return card(t("检查"), el("p", {}, state("ok", t("同组已录入检查"))));
  if (night.isOver && !draft) return null;
  const isShut = stop.state in FOUND_ICONS;
  const text = draft ? t("继续检查") : isShut ? t("拍照留证") : t("开始检查");
  return card(t("检查"), words, button(text, { kind: stop.state === "entered" ? "primary" : "", iconName: isShut ? "camera" : "check", wide: true, onPress: () => app.night.check(night, stop) }));
}

function found(app, night, stop) {
  const { found: kinds } = actionsAt(stop.state);
  if (night.isOver || stop.isGone) return null;
  const press = (kind) => async () => {
    const said = await app.night.say(night.id, kind, { stopId: stop.id });
    undoable(app, said, t("已记“{what}”", { what: kindWords(kind) }));
  };
  const buttons = kinds.map((kind) => button(kindWords(kind), { iconName: FOUND_ICONS[kind], onPress: press(kind) }));
  const report = button(t("突发情况"), { iconName: "flag", onPress: () => tell(app, night, stop) });
  return section(t("现场情况"), el("div", { class: "night-found" }, buttons, report));
}

async function tell(app, night, stop) {
  const words = await askWords(t("突发情况"), { hint: t("连同点位和您现在的位置，立即送到指挥部。") });
  if (words) await app.night.say(night.id, "incident", { stopId: stop.id, words });
}

function undoable(app, row, words) {
  const shown = toast(words, "ok");
  const back = button(t("撤销"), { onPress: () => app.night.takeBack(row).then(() => shown.remove(), reportError) });
  shown.append(back);
}

/** What this phone has said of the stop; the last can be taken back. */
function log(app, night, stop) {
  const said = night.lines.filter(({ line }) => line.stop_id === stop.id).reverse();
  if (!said.length) return null;
  const last = night.lastAt(stop.id);
  const undone = new Set(night.lines.map(({ line }) => line.undoes_id).filter(Boolean));
  const lines = said.filter(({ line }) => !line.undoes_id).map((row) => {
    const isUndone = undone.has(row.id);
    const how = isUndone ? t("已撤销") : { waiting: t("待送出"), heard: t("已送到"), refused: t("没有被接收"), beside: t("没有被接收") }[row.state];
    const back = !night.isOver && last?.id === row.id && button(t("撤销"), { kind: "quiet", onPress: () => app.night.takeBack(row) });
    return el("li", { class: "night-said", "data-undone": String(isUndone) }, el("span", {}, `${clock(row.line.at)} ${kindWords(row.line.kind)}`, row.line.words && ` · ${row.line.words}`), el("span", { class: "muted small" }, how), back);
  });
  return section(t("本机记录"), el("ul", { class: "rows" }, lines));
}
