// The rows of the board's lists: alarms, teams, stops, the journal, photos. Text is only ever set as text.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { ago, clock } from "../../helpers/time.js";
import { SETTLED, lateness, ON_THE_WAY, receipts, silence } from "./live_model.js";
import { alarmWord, entryKind, entryWord, markWord, saidWords, stateKind, stateWord, supportWord } from "./live_words.js";

const chip = (kind, words) => el("span", { class: "state", "data-state": kind }, words);

/** A button that a press on the board finds by what it does; `values` fill its form. */
function act(name, words, values = {}, kind = "") {
  return el("button", { type: "button", class: `button${kind ? ` button-${kind}` : ""}`, "data-act": name, "data-values": JSON.stringify(values) }, words);
}

function call(team) {
  const leader = team?.members.find((member) => member.is_leader && !member.has_left && member.phone) ?? team?.members.find((member) => !member.has_left && member.phone);
  return leader ? el("a", { class: "button", href: `tel:${leader.phone}` }, icon("phone"), t("打给{name}", { name: leader.name })) : null;
}

export function alarmRow(alarm, { names, team, stop, now, mayCommand }) {
  const why = alarm.support ? supportWord(alarm.support) : "";
  return el("li", { class: "live-alarm", "data-row": alarm.id },
    el("p", { class: "live-alarm-head" }, icon("warning"), el("strong", {}, alarmWord(alarm.kind)), el("span", { class: "whole" }, names.team(alarm.team_id)), el("span", { class: "muted small whole" }, `${clock(alarm.at)} · ${ago(alarm.at, now)}`)),
    stop ? el("p", {}, el("button", { type: "button", class: "live-link", "data-act": "show", "data-values": JSON.stringify({ id: stop.id }) }, stop.name)) : null,
    why || alarm.words ? el("p", {}, [why, alarm.words].filter(Boolean).join("：")) : null,
    el("div", { class: "live-acts" }, mayCommand ? act("resolve", t("登记处置"), { entry_id: alarm.entry_id }, "primary") : null, call(team), mayCommand && team ? act("message", t("发消息"), { team_id: team.id }) : null));
}

export function teamRow(team, { names, now, mayCommand, isOpen }) {
  const last = team.last ? `${entryWord(team.last.kind)}${team.last.stop_id ? ` ${names.stop(team.last.stop_id)}` : ""} · ${ago(team.last.at, now)}` : t("还没有动静");
  const quiet = silence(team, now);
  return el("li", { class: "live-row", "data-row": team.id },
    el("p", { class: "live-row-head" }, el("span", { class: "live-number" }, team.number), el("button", { type: "button", class: "live-link", "data-act": "open", "data-values": JSON.stringify({ id: team.id }), "aria-expanded": isOpen ? "true" : "false" }, team.name),
      team.on_duty ? chip("ok", t("在岗 {n} 人", { n: team.on_duty })) : chip("unknown", t("未到岗")), el("span", { class: "live-count whole" }, `${team.settled} / ${team.stops}`)),
    el("p", { class: "small" }, last),
    quiet ? el("p", { class: "small live-quiet" }, icon("clock"), t("{n} 分钟没有消息", { n: quiet })) : null,
    isOpen ? teamDetail(team, { now, mayCommand }) : null);
}

function teamDetail(team, { now, mayCommand }) {
  return el("div", { class: "live-detail" },
    team.vehicle ? el("p", { class: "small" }, t("车辆：{vehicle}", { vehicle: team.vehicle })) : null,
    team.place ? el("p", { class: "small" }, t("手机位置：{ago}，误差约 {m} 米", { ago: ago(team.place.at, now), m: team.place.accuracy_m ?? "?" })) : null,
    el("ul", { class: "live-people" }, team.members.map((member) => el("li", {},
      el("span", { class: member.has_left ? "live-gone" : "" }, [member.name, member.department].filter(Boolean).join(" · ")), member.is_leader ? chip("", t("组长")) : null,
      member.has_left ? chip("unknown", t("已退出")) : mayCommand ? act("left", t("退出小组"), { member_id: member.id, who: member.name }) : null))),
    el("div", { class: "live-acts" }, act("show", t("在地图上看"), { id: team.id }), mayCommand ? act("message", t("发消息"), { team_id: team.id }) : null, call(team)));
}

export function stopRow(stop, { names, now, mayCommand, isOpen }) {
  const late = lateness(stop, now);
  const when = stop.settled_at ? t("{clock} 了结", { clock: clock(stop.settled_at) }) : stop.entered_at ? t("{clock} 进入", { clock: clock(stop.entered_at) }) : stop.planned_enters_at ? t("计划 {clock}", { clock: clock(stop.planned_enters_at) }) : t("临时增加");
  return el("li", { class: "live-row", "data-row": stop.id },
    el("p", { class: "live-row-head" }, el("button", { type: "button", class: "live-link", "data-act": "open", "data-values": JSON.stringify({ id: stop.id }), "aria-expanded": isOpen ? "true" : "false" }, stop.name), chip(stateKind(stop.state), stateWord(stop.state))),
    el("p", { class: "small live-facts" }, el("span", {}, names.team(stop.team_id) || t("未分组")), el("span", { class: "whole" }, when), late ? el("span", { class: "live-quiet whole" }, icon("clock"), t("晚 {n} 分钟", { n: late })) : null, stop.photos.length ? el("span", { class: "whole" }, icon("photo"), ` ${stop.photos.length}`) : null),
    isOpen ? stopDetail(stop, mayCommand) : null);
}

function stopDetail(stop, mayCommand) {
  const acts = [act("show", t("在地图上看"), { id: stop.id })];
  if (stop.check_id) acts.push(el("a", { class: "button", href: `/checks/${stop.check_id}` }, icon("check"), t("检查记录")));
  acts.push(el("a", { class: "button", href: `/?site=${stop.site_id}` }, t("点位档案")));
  if (mayCommand && ON_THE_WAY.has(stop.state)) acts.push(act("reassign", t("改派"), { stop_id: stop.id, seen: stop.team_id ?? "", who: stop.name }), act("drop", t("取消点位"), { stop_id: stop.id, who: stop.name }));
  if (mayCommand && SETTLED.has(stop.state)) acts.push(act("reopen", t("恢复点位"), { stop_id: stop.id, who: stop.name }));
  return el("div", { class: "live-detail" }, stop.address ? el("p", { class: "small" }, stop.address) : null, stop.photos.length ? el("ul", { class: "live-photos" }, stop.photos.map((hash) => photo(hash, stop.name))) : null, el("div", { class: "live-acts" }, acts));
}

export function photo(hash, label) {
  return el("li", {}, el("a", { href: `/api/v1/files/${hash}/1600` }, el("img", { src: `/api/v1/files/${hash}/320`, alt: label, width: 160, height: 120, loading: "lazy", decoding: "async" })));
}

export function entryRow(entry, { names, board, now }) {
  const told = entry.kind === "message" ? receipts(entry, board) : null;
  const later = entry.at && Date.parse(entry.heard_at) - Date.parse(entry.at) > 120_000;
  const to = entry.kind === "message" && !entry.team_id ? t("全体") : names.team(entry.team_id);
  return el("li", { class: "live-entry", "data-row": entry.id, "data-state": entryKind(entry.kind), "data-undone": entry.at ? null : "" },
    el("p", { class: "live-row-head" }, el("time", { class: "whole", datetime: entry.at ?? entry.heard_at }, clock(entry.at ?? entry.heard_at)), el("strong", {}, entryWord(entry.kind)), el("span", {}, to), entry.stop_id ? el("button", { type: "button", class: "live-link", "data-act": "show", "data-values": JSON.stringify({ id: entry.stop_id }) }, names.stop(entry.stop_id)) : null),
    entry.words ? el("p", {}, saidWords(entry)) : null,
    el("p", { class: "small muted live-facts" }, entry.author ? el("span", {}, entry.author) : null, entry.at ? null : el("span", {}, t("已撤回")), later ? el("span", {}, t("{ago}才传到", { ago: ago(entry.heard_at, now) })) : null, told ? el("span", {}, t("{read} / {to} 组已回执", told)) : null, entry.marks.filter((mark) => mark !== "heard_late").map((mark) => el("span", {}, markWord(mark)))));
}
