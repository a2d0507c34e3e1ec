// The live board of a sweep: what is new is shown as it happens; commands go out from here.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { connectForms } from "./live_forms.js";
import { LiveMap } from "./live_map.js";
import { counts, inOrder, matches, merge, open } from "./live_model.js";
import { alarmRow, entryRow, photo, stopRow, teamRow } from "./live_rows.js";
import { follow } from "./live_stream.js";
import { alarmWord, stateWord } from "./live_words.js";

const TICK_MS = 30_000;
const SHOWN_ENTRIES = 150;
const LINES = { live: ["ok", () => t("实时")], asking: ["due", () => t("定时刷新")], lost: ["problem", () => t("连不上，正在重连")] };

export default function connect(page) {
  const settings = JSON.parse(page.dataset.settings);
  const state = { board: JSON.parse(page.dataset.board), tab: "teams", openRow: "", filter: { words: "", state: "", team: "" }, isLoud: false };
  const ahead = Date.now() - Date.parse(settings.now);
  const now = () => Date.now() - ahead;
  const mayCommand = () => "commands" in page.dataset && state.board.sweep.state === "running";
  const part = (name) => page.querySelector(`[data-part="${name}"]`);
  const title = document.title;
  const rows = new Map();
  let [frame, sound] = [0, null];

  const names = {
    team: (id) => state.board.teams.find((team) => team.id === id)?.name ?? "",
    stop: (id) => state.board.stops.find((stop) => stop.id === id)?.name ?? "",
  };
  const map = new LiveMap(part("map"), settings, { chosen: (id) => show("stops", id), chosenTeam: (id) => show("teams", id) });
  const forms = connectForms(page, settings.address, () => state.board);
  const asked = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(paint);
  };

  const stopFollowing = follow(settings.address, state.board.number, {
    told(change) {
      const known = new Set(open(state.board.alarms).map(({ id }) => id));
      state.board = merge(state.board, change);
      if (open(state.board.alarms).some(({ id }) => !known.has(id))) alarm();
      asked();
    },
    state(name) {
      const [kind, words] = LINES[name];
      part("line").dataset.state = kind;
      fill(part("line"), words());
    },
  });

  function paint() {
    const { board } = state;
    const calls = open(board.alarms);
    const told = { names, board, now: now(), mayCommand: mayCommand() };
    document.title = calls.length ? `(${calls.length}) ${title}` : title;
    paintNow(board);
    page.dataset.running = board.sweep.state === "running" ? "yes" : "no";
    const team = (id) => board.teams.find((each) => each.id === id);
    const stop = (id) => board.stops.find((each) => each.id === id);
    const entry = (id) => board.entries.find((each) => each.id === id);
    keepFocus(part("alarms"), () => fill(part("alarms"), calls.map((each) => alarmRow({ ...each, support: entry(each.entry_id)?.support }, { ...told, team: team(each.team_id), stop: stop(each.stop_id) }))));
    paintList(told);
    map.show(board, { stop: (each) => `${each.name} · ${stateWord(each.state)} · ${names.team(each.team_id)}`, team: (each) => each.name });
  }

  function paintNow(board) {
    const n = counts(board);
    const left = Date.parse(board.sweep.ends_at) - now();
    const clockWords = board.sweep.state !== "running" ? "" : left > 0 ? t("距计划结束 {n} 分钟", { n: Math.ceil(left / 60_000) }) : t("已超过计划结束 {n} 分钟", { n: Math.floor(-left / 60_000) });
    const words = [t("已了结 {settled} / {stops}", n), t("检查中 {inside}", n), t("{onDuty} / {teams} 组在岗", n), clockWords];
    fill(part("now"), words.filter(Boolean).map((each) => el("span", { class: "whole" }, each)));
    part("progress").max = Math.max(n.stops, 1);
    part("progress").value = n.settled;
  }

  function paintList(told) {
    for (const button of page.querySelectorAll("button[data-tab]")) button.setAttribute("aria-pressed", String(button.dataset.tab === state.tab));
    part("filter").hidden = state.tab !== "stops";
    const list = part("list");
    list.dataset.tab = state.tab;
    const made = lists[state.tab](told);
    keepFocus(list, () => fill(list, made.length ? made : el("li", { class: "muted live-none" }, empty())));
  }

  const lists = {
    teams: (told) => state.board.teams.map((team) => kept(team.id, [team, Math.floor(told.now / TICK_MS), state.openRow === team.id, told.mayCommand, team.last && names.stop(team.last.stop_id)], () => teamRow(team, { ...told, isOpen: state.openRow === team.id }))),
    stops: (told) => inOrder(state.board.stops, told.now).filter((stop) => matches(stop, names.team(stop.team_id), state.filter))
      .map((stop) => kept(stop.id, [stop, names.team(stop.team_id), Math.floor(told.now / TICK_MS), state.openRow === stop.id, told.mayCommand], () => stopRow(stop, { ...told, isOpen: state.openRow === stop.id }))),
    entries: (told) => state.board.entries.slice(-SHOWN_ENTRIES).reverse().map((entry) => entryRow(entry, told)),
    photos: () => state.board.stops.flatMap((stop) => stop.photos.map((hash) => kept(hash, [hash], () => photo(hash, stop.name)))),
  };

  /** A row that says the same as before is the same element: what is being read doesn't jump. */
  function kept(id, says, make) {
    const signature = JSON.stringify(says);
    const known = rows.get(id);
    if (known?.signature === signature) return known.row;
    const row = make();
    rows.set(id, { signature, row });
    return row;
  }

  function empty() {
    if (state.tab === "stops" && state.board.stops.length) return t("没有符合条件的点位");
    if (state.tab === "stops") return t("启动以后，点位才在这里出现");
    return state.tab === "photos" ? t("还没有照片；现场照片传到后自动出现") : t("还没有记录");
  }

  function show(tab, id) {
    [state.tab, state.openRow] = [tab, id];
    if (tab === "stops") state.filter = { words: "", state: "", team: "" };
    for (const control of part("filter").elements) control.value = "";
    paint();
    map.choose(id);
    part("list").querySelector(`[data-row="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  function alarm() {
    const calls = open(state.board.alarms);
    fill(part("loud"), calls.length ? `${alarmWord(calls.at(-1).kind)} ${names.team(calls.at(-1).team_id)}` : "");
    if (!state.isLoud || !sound) return;
    for (const [at, hertz] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const tone = sound.createOscillator();
      tone.frequency.value = hertz;
      tone.connect(sound.destination);
      tone.start(sound.currentTime + at);
      tone.stop(sound.currentTime + at + 0.2);
    }
  }

  function pressed(event) {
    const tab = event.target.closest("button[data-tab]");
    if (tab) {
      state.tab = tab.dataset.tab;
      return paint();
    }
    const button = event.target.closest("[data-act]");
    if (!button) return undefined;
    const values = JSON.parse(button.dataset.values ?? "{}");
    if (button.dataset.act === "open") {
      state.openRow = state.openRow === values.id ? "" : values.id;
      map.choose(state.openRow);
      return paint();
    }
    if (button.dataset.act === "show") return show(state.board.teams.some(({ id }) => id === values.id) ? "teams" : "stops", values.id);
    if (button.dataset.act === "sound") {
      state.isLoud = !state.isLoud;
      sound ??= new AudioContext();
      return button.setAttribute("aria-pressed", String(state.isLoud));
    }
    return forms.open(button.dataset.act, values);
  }

  function filtered() {
    const { words, state: wanted, team } = part("filter").elements;
    state.filter = { words: words.value.trim(), state: wanted.value, team: team.value };
    paint();
  }

  /** A picture that is still being made small is asked for again. */
  function missing(event) {
    const image = event.target;
    if (image.tagName !== "IMG" || Number(image.dataset.tries ?? 0) > 4) return;
    image.dataset.tries = String(Number(image.dataset.tries ?? 0) + 1);
    setTimeout(() => image.setAttribute("src", image.getAttribute("src")), 2000);
  }

  const ignore = (event) => event.preventDefault();
  page.addEventListener("click", pressed);
  page.addEventListener("error", missing, true);
  part("filter").addEventListener("input", filtered);
  part("filter").addEventListener("submit", ignore);
  const ticking = setInterval(paint, TICK_MS);
  paint();
  return () => {
    stopFollowing();
    clearInterval(ticking);
    cancelAnimationFrame(frame);
    forms.stop();
    map.stop();
    sound?.close();
  };
}

/** Whoever works the page by keys stays on the button that they were on. */
function keepFocus(list, change) {
  const on = list.contains(document.activeElement) ? document.activeElement : null;
  const [row, act] = [on?.closest("[data-row]")?.dataset.row, on?.dataset.act];
  change();
  if (!on || on === document.activeElement) return;
  if (on.isConnected) on.focus({ preventScroll: true });
  else if (row && act) list.querySelector(`[data-row="${CSS.escape(row)}"] [data-act="${CSS.escape(act)}"]`)?.focus({ preventScroll: true });
}
