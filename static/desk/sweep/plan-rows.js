// The rows of the planning map: stops with what can be done to them, candidates with why.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { hoursWords, percent, riskLevel } from "./plan-model.js";

const SVG = "http://www.w3.org/2000/svg";
const SHOWN_REASONS = 3;
const STATES = { ok: "ok", due: "clock", problem: "warning" };

export function button(label, act, { kind = "", sign = "", only = false, pressed } = {}) {
  const shape = ["button", kind && `button-${kind}`, only && "button-icon"].filter(Boolean).join(" ");
  const made = el("button", { class: shape, type: "button", title: only ? label : null, "aria-pressed": pressed }, sign ? icon(sign, only ? label : "") : null, only ? null : label);
  made.addEventListener("click", act);
  return made;
}

/** What is said of a site, whether on the plan or not. `on`: which part of each hour the sweep is on. */
export function about(thing, on, settings) {
  const hours = hoursWords(thing.likely);
  return [
    el("p", { class: "muted small" }, [settings.kinds[thing.kind], settings.states[thing.state]?.label, thing.where].filter(Boolean).join(" · ")),
    el("p", { class: "sweep-figures" },
      thing.probability === null || thing.probability === undefined ? el("span", { class: "muted small" }, t("没有风险分")) : risk(thing.probability),
      hours && el("span", { class: "sweep-hours", title: `${hours.text}；${hours.best}` }, strip(thing.likely, on), el("span", { class: "state", "data-state": hours.kind }, icon(STATES[hours.kind]), hours.text))),
    hours?.kind === "problem" && el("p", { class: "small muted" }, hours.best),
    reasons(thing),
    thing.against && said("due", thing.against),
    thing.cap && el("p", { class: "small muted" }, thing.cap),
  ];
}

export function said(kind, words, ...more) {
  return el("p", { class: "sweep-said", "data-state": kind }, icon(STATES[kind] ?? "info"), el("span", {}, words, ...more));
}

function risk(probability) {
  const level = riskLevel(probability);
  return el("span", { class: `sweep-risk sweep-risk-${level}` }, t("风险 {percent}", { percent: percent(probability) }));
}

function reasons({ reasons: found = [] }) {
  if (!found.length) return null;
  const rest = found.length - SHOWN_REASONS;
  return el("ul", { class: "visit-reasons" }, found.slice(0, SHOWN_REASONS).map(([, words]) => el("li", {}, words)), rest > 0 && el("li", { class: "muted" }, t("另 {n} 条", { n: rest })));
}

/** 24 bars, one an hour; those in the sweep's hours stand out. */
function strip({ strip: shares }, on) {
  const most = Math.max(...shares, 0) || 1;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "strip");
  svg.setAttribute("viewBox", "0 0 96 20");
  svg.setAttribute("aria-hidden", "true");
  shares.forEach((share, hour) => {
    const bar = document.createElementNS(SVG, "rect");
    const height = (18 * share) / most + 1;
    for (const [name, value] of Object.entries({ x: hour * 4, y: 20 - height, width: 3, height })) bar.setAttribute(name, value);
    if (on[hour] > 0) bar.setAttribute("class", "strip-on");
    svg.append(bar);
  });
  return svg;
}

export function candidateRow(candidate, { on, settings, isChosen, mayEdit, acts }) {
  const name = el("label", { class: "sweep-name", for: `c-${candidate.site_id}` }, candidate.name);
  const tick = el("input", { type: "checkbox", id: `c-${candidate.site_id}`, disabled: candidate.on_plan || !mayEdit });
  tick.checked = isChosen && !candidate.on_plan;
  tick.addEventListener("change", () => acts.choose(candidate, tick.checked));
  const mates = candidate.links.filter(({ is_of_operator: isOfOperator }) => isOfOperator);
  return el("li", { class: "sweep-row", "data-site": candidate.site_id, "data-held": Boolean(candidate.against || candidate.dropped) },
    el("span", { class: "sweep-tick" }, tick),
    el("div", { class: "sweep-body" },
      el("p", { class: "sweep-head-line" }, name, candidate.on_plan && el("span", { class: "state", "data-state": "ok" }, icon("ok"), t("已在方案里"))),
      about(candidate, on, settings),
      candidate.dropped && said("due", t("已去掉：{reason}", { reason: candidate.dropped })),
      candidate.exemption && el("p", { class: "small muted" }, candidate.exemption),
      mates.length > 0 && said("due", t("同一伙人还有 {n} 处：", { n: mates.length }), mates.map(({ name: other, ties }) => `${other}（${ties.join(t("、"))}）`).join(t("；")))),
    el("div", { class: "sweep-acts" },
      button(t("在地图上看"), () => acts.show(candidate.site_id), { kind: "quiet", sign: "location", only: true }),
      mayEdit && !candidate.on_plan && button(t("加入"), () => acts.add([candidate.site_id]), { sign: "plus" })));
}

export function stopRow(stop, { on, settings, isOpen, letter, count, mayEdit, acts }) {
  const number = el("button", { class: "visit-number", type: "button", title: t("在地图上看") }, String(stop.number));
  number.addEventListener("click", () => acts.show(stop.site_id));
  const name = el("button", { class: "sweep-name", type: "button", "aria-expanded": String(isOpen), "aria-controls": `s-${stop.id}` }, stop.name ?? t("点位已不在库里"));
  name.addEventListener("click", () => acts.toggle(stop));
  const marks = [
    letter && el("span", { class: "sweep-mark", "data-kind": "link" }, icon("people"), t("同时进入 {letter}", { letter })),
    (stop.earliest || stop.latest) && el("span", { class: "sweep-mark" }, icon("clock"), `${stop.earliest.slice(11) || "…"}–${stop.latest.slice(11) || "…"}`),
    stop.team && el("span", { class: "sweep-mark" }, icon("route"), stop.team),
    stop.approach && el("span", { class: "sweep-mark" }, icon("edit"), t("有进入办法")),
  ].filter(Boolean);
  return el("li", { class: "sweep-row", id: `row-${stop.id}`, "data-site": stop.site_id },
    number,
    el("div", { class: "sweep-body" },
      el("p", { class: "sweep-head-line" }, name, marks),
      stop.is_gone ? said("problem", t("这个点位没有坐标或已删除，请去掉")) : about(stop, on, settings),
      stop.exemption && el("p", { class: "small muted" }, t("免计：{why}", { why: stop.exemption })),
      stop.outside.length > 0 && said("due", t("{names}同属一伙，不在方案里：先进一处，别处就知道了。", { names: stop.outside.map(({ name: other }) => other).join(t("、")) }), mayEdit && button(t("加入并同时进入"), () => acts.addLinked(stop), { kind: "quiet" })),
      mateWords(stop, mayEdit, acts)),
    mayEdit && el("div", { class: "sweep-acts" },
      button(t("上移"), () => acts.move(stop, -1), { kind: "quiet", sign: "up", only: true }),
      button(t("下移"), () => acts.move(stop, 1), { kind: "quiet", sign: "down", only: true }),
      button(t("去掉"), () => acts.askDrop(stop), { kind: "quiet", sign: "close", only: true })),
    el("div", { class: "sweep-more", id: `s-${stop.id}`, hidden: !isOpen }, isOpen && acts.editor(stop, count)));
}

/** Sites on the plan that are tied to this one, but not entered at once with it. */
function mateWords(stop, mayEdit, acts) {
  const free = stop.links.filter(({ site_id: id }) => !acts.isTogether(stop, id));
  if (!free.length) return null;
  const names = free.map(({ name, ties }) => t("{name}（{ties}）", { name, ties: ties.join(t("、")) })).join(t("、"));
  return said(free.some(({ is_of_operator: same }) => same) ? "due" : "", t("与{names}有关联，没有同时进入。", { names }), mayEdit && button(t("同时进入"), () => acts.link(stop, free.map(({ site_id: id }) => id)), { kind: "quiet" }));
}
