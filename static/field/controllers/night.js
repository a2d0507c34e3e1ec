// 今晚行动: where the team goes next, what command says, who is with it. Everything here works without a signal.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock } from "../../helpers/time.js";
import { button, card, empty, linkButton, notice, row, rows, section, state } from "../helpers/parts.js";
import { askSupport, askWords, hours, kindWords, newsWords, nightPause, stepWords, stopState, supportWords } from "../helpers/night.js";
import { actionsAt } from "../models/night.js";
import { live, nothingYet } from "./live.js";
import { openNightMap } from "./night-map.js";
import { supportButton } from "./stop.js";

const MESSAGES_SHOWN = 5;

export default async function night(screen) {
  screen.frame({ title: t("联合行动"), back: "/m" });
  if (!screen.app.bundle) return nothingYet(screen);
  const box = el("div", { class: "map map-inset night-map" });
  const place = { map: null };
  await screen.app.night.adopt();
  if (!(await screen.app.night.night(screen.id))) await screen.app.night.outbox.begin(screen.id);
  await live(screen, () => draw(screen, box, place));
  if (!box.isConnected && !(await screen.app.night.night(screen.id))) return;
  requestAnimationFrame(async () => {
    const found = await screen.app.night.night(screen.id);
    place.map = await openNightMap(box, screen.app, found?.stops ?? []).catch(() => box.remove());
    screen.onLeave(() => place.map?.close());
    screen.onLeave(screen.app.whereabouts.follow(() => place.map?.setFix(screen.app.whereabouts.any())));
  });
}

async function draw(screen, box, place) {
  const { app } = screen;
  const found = await app.night.night(screen.id);
  if (!found) return screen.show(empty(t("手机上没有这次行动"), t("请先打开本组的行动包；行动结束一周后会自动清除。"), linkButton(t("回到今日"), "/m", { kind: "primary" }), "lock"));
  place.map?.setStops(found.stops);
  screen.frame({ title: found.team?.name || t("联合行动"), primary: found.isOver ? [] : primary(app, found) });
  screen.show(calls(app, found), messages(app, found), standing(app, found), found.stops.length > 0 && box, stops(app, found), talk(app, found), people(found));
}

function primary(app, found) {
  if (!found.isOnDuty) return [button(t("到岗"), { kind: "primary", iconName: "here", onPress: () => app.night.say(found.id, "on_duty") }), supportButton(app, found)];
  const stop = found.here;
  if (!stop) return [supportButton(app, found)];
  const { next } = actionsAt(stop.state);
  const [iconName, words] = stepWords(next);
  const title = t("{step}：{name}", { step: words, name: stop.site.name });
  return [next === "entered" || next === "done" ? linkButton(title, `/m/stop/${stop.id}`, { kind: "primary", iconName }) : button(title, { kind: "primary", iconName, onPress: () => app.night.say(found.id, next, { stopId: stop.id }) }), supportButton(app, found)];
}

function calls(app, found) {
  return found.calls.map((call) => {
    const own = found.lines.find(({ id }) => id === call.id);
    const back = own && button(t("不用了，撤回"), { onPress: () => app.night.takeBack(own) });
    const title = call.isUnheard ? t("求援还没送出，有信号马上送") : t("已求援，等指挥部处置");
    return notice([supportWords(call.support), call.words, clock(call.at)].filter(Boolean).join(" · "), "problem", title, back);
  });
}

function messages(app, found) {
  const fresh = found.messages.filter(({ isSeen }) => !isSeen);
  return fresh.map((message) => {
    const seen = button(t("收到"), { kind: "primary", iconName: "tick", onPress: () => app.night.say(found.id, "reply", { answers_id: message.id }) });
    const reply = button(t("回复"), { onPress: () => answer(app, found, message) });
    return notice(newsWords(message), "due", t("指挥部 {at}", { at: clock(message.at) }), el("div", { class: "cluster" }, seen, reply));
  });
}

async function answer(app, found, message) {
  const words = await askWords(t("回复指挥部"));
  if (words) await app.night.say(found.id, "reply", { answers_id: message.id, words });
}

function standing(app, found) {
  const { done, total } = found.progress;
  const duty = found.isOver ? state("unknown", t("行动已结束")) : found.isOnDuty ? state("ok", t("在岗")) : state("due", t("还没有到岗"));
  const off = found.isOnDuty && button(t("离岗"), { kind: "quiet", iconName: "leave", onPress: () => app.night.say(found.id, "off_duty") });
  const where = found.isOnDuty ? t("在岗期间、打开页面时上报位置；离岗即停，行动结束七天后删除。") : t("到岗以后才上报位置。");
  const waiting = found.unheard.length;
  const pause = nightPause(app.night.outbox.pause);
  return card(
    "",
    el("p", { class: "cluster spread" }, el("span", {}, duty, " ", total > 0 && t("已了结 {done}/{total} 个点位", { done, total })), off),
    el("p", { class: "muted small" }, found.isOver ? t("{from} 开始，{to} 结束", { from: clock(found.sweep.starts_at), to: clock(found.sweep.ended_at ?? found.sweep.ends_at) }) : where),
    waiting > 0 && notice(pause || t("正在送出…"), "due", t("{n} 条还没送到指挥部", { n: waiting })),
    found.stuck.map(({ line, message }) => notice(message, "problem", t("“{what}”没有被接收，请口头报告指挥部", { what: kindWords(line.kind) }))),
  );
}

function stops(app, found) {
  if (!found.stops.length) return empty(t("本组还没有点位"), t("指挥部派来点位时会显示在这里，也会有消息。"), null, "route");
  return section(t("点位（{n}）", { n: found.progress.total }), rows(found.stops.map((stop, place) => stopRow(app, found, stop, place + 1))));
}

function stopRow(app, found, stop, number) {
  const detail = [hours(stop), stop.link && t("同时进入"), stop.site.address].filter(Boolean).join(" · ");
  return row({ title: stop.isGone ? stop.site.name : `${number}. ${stop.site.name}`, detail, meta: app.wayTo(stop.site), href: stop.isGone ? null : `/m/stop/${stop.id}`, state: stopState(stop), ...(found.here?.id === stop.id && { "aria-current": "step" }) });
}

function talk(app, found) {
  const seen = found.messages.filter(({ isSeen }) => isSeen).slice(0, MESSAGES_SHOWN);
  const list = seen.length > 0 && rows(seen.map((message) => row({ title: newsWords(message), detail: [message.from, clock(message.at)].filter(Boolean).join(" · "), iconName: "phone", state: ["ok", t("已收到")] })));
  const report = !found.isOver && button(t("报告指挥部"), { iconName: "phone", onPress: () => tell(app, found) });
  return section(t("指挥部"), list, report);
}

async function tell(app, found) {
  const words = await askWords(t("报告指挥部"), { hint: t("突发情况、路上耽搁、需要确认的事。") });
  if (words) await app.night.say(found.id, "incident", { words });
}

function people(found) {
  const line = ({ name, phone, department, is_leader }, role) =>
    row({ title: name, detail: [is_leader ? t("组长") : role, department].filter(Boolean).join(" · "), iconName: "person", meta: phone ?? "", ...(phone && { href: `tel:${phone}` }) });
  const all = [...found.members.map((each) => line(each, "")), ...found.contacts.map((each) => line(each, t("指挥部")))];
  return all.length > 0 && section(t("同组与联系人"), rows(all));
}
