// The planning map of a sweep: list, map and server brought together. Each step is saved at once and can be undone.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { PlanApi } from "./plan-api.js";
import { askDrop, editor } from "./plan-editor.js";
import { PlanMap } from "./plan-map.js";
import { hoursOfPlan, showHistory } from "./plan-notes.js";
import { addable, hoursOn, linkLetters, moved, shownCandidates } from "./plan-model.js";
import { about, button, candidateRow, stopRow } from "./plan-rows.js";

export default async function connect(element) {
  const page = new PlanPage(element, JSON.parse(element.dataset.settings));
  await page.start();
  return () => page.stop();
}

class PlanPage {
  candidates = [];
  chosen = new Set();
  open = null;
  source = null;
  #leaving = [];
  #row = 0;
  #last = Promise.resolve(true);

  constructor(element, settings) {
    this.settings = settings;
    this.element = element;
    this.at = (name) => element.querySelector(`[data-part="${name}"]`);
    this.api = new PlanApi(settings.urls);
    this.map = new PlanMap(this.at("map"), settings, {
      popup: (thing) => this.#popup(thing),
      open: (thing) => this.#reveal(thing.site_id),
      pressed: (lon, lat, radius) => settings.may_edit && this.find({ kind: "near", lon, lat, radius_m: radius }, t("这附近没有点位"), false),
      drawn: (ring) => this.#drawn(ring),
      corners: (n) => this.#corners(n),
      cell: (code) => this.find({ ...this.source, codes: [code] }),
    });
  }

  async start() {
    this.#listen();
    try {
      await this.api.load();
    } catch (error) {
      return this.#refused(error);
    }
    this.#draw();
    this.map.fit(this.api.plan.stops);
    this.#turn(this.api.plan.stops.length || !this.settings.may_edit ? "stops" : "candidates");
    return undefined;
  }

  stop() {
    for (const each of this.#leaving) each();
    this.map.stop();
  }

  // ---- steps

  /** One after the other: what is pressed while a step is on its way waits for it. A refusal ends the row. */
  do(steps, words = "") {
    const row = this.#row;
    const work = () => (row === this.#row ? this.#do(steps, words) : false);
    return (this.#last = this.#last.then(work, work));
  }

  /** Does one step, or several after another, and shows what came of it. */
  async #do(steps, words) {
    const list = [steps].flat().filter(Boolean);
    if (!list.length) return false;
    this.element.ariaBusy = "true";
    try {
      for (const step of list) await this.api.step(step);
      if (words) toast(words, "ok");
      this.at("conflict").hidden = true;
      return true;
    } catch (error) {
      this.#row += 1;
      this.#refused(error, list);
      return false;
    } finally {
      this.element.ariaBusy = "false";
      this.#draw();
    }
  }

  async add(ids, isLinked = false) {
    const wanted = new Set(ids);
    const ok = await this.do({ kind: "add", site_ids: [...wanted], source: SOURCES[this.source?.kind] ?? "picked", source_id: this.source?.run_id ?? this.source?.list_id ?? this.source?.draw_id ?? null }, isLinked ? "" : t("已加入 {n} 处", { n: wanted.size }));
    for (const id of ids) this.chosen.delete(id);
    for (const each of this.candidates) if (wanted.has(each.site_id)) each.on_plan = ok || each.on_plan;
    this.#draw();
    return ok;
  }

  async addLinked(stop) {
    const ids = stop.outside.map(({ site_id: id }) => id);
    if (await this.add(ids, true)) await this.link(stop, ids);
  }

  link(stop, siteIds) {
    const ids = this.api.plan.stops.filter(({ site_id: id }) => siteIds.includes(id)).map(({ id }) => id);
    return this.do({ kind: "link", stop_ids: [stop.id, ...ids] }, t("这 {n} 处同时进入", { n: ids.length + 1 }));
  }

  move(stop, by) {
    const ids = this.api.plan.stops.map(({ id }) => id);
    const order = moved(ids, stop.id, by);
    if (order !== ids) this.do({ kind: "order", stop_ids: order });
  }

  undo() {
    const work = async () => {
      if (!this.api.mayUndo) return;
      try {
        await this.api.undo();
        toast(t("已撤销上一步"), "ok");
      } catch (error) {
        this.#refused(error);
      }
      this.#draw();
    };
    return (this.#last = this.#last.then(work, work));
  }

  async find(source, nothing = t("这里没有可去的点位"), fits = true) {
    this.#waiting(true);
    try {
      const { candidates, cells } = await this.api.candidates(source);
      this.source = source;
      if (cells) this.map.showCells(cells);
      else if (source.kind !== "hotspot") this.map.showCells([]);
      if (source.kind === "near" && !candidates.length) return toast(nothing);
      this.candidates = candidates;
      this.chosen = new Set();
      this.#turn("candidates");
      this.#draw();
      if (!candidates.length) toast(nothing, "due");
      else if (fits) this.map.fit(candidates);
      else this.map.showSite(candidates[0].site_id);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#waiting(false);
    }
    return undefined;
  }

  /** Somebody was faster, or something is wrong: said where it is seen, with the step to do again. */
  #refused(error, steps = null) {
    if (error.status === undefined) throw error;
    if (error.status !== 409 || !error.answer.plan) return toast(error.message, "problem");
    this.api.take(error.answer.plan);
    const box = this.at("conflict");
    const changes = error.answer.changes.flatMap(({ by, at, differences }) => el("li", {}, el("strong", {}, t("{by}，{at}", { by, at })), differences.map((words) => el("div", {}, words))));
    const again = steps && button(t("重做我这一步"), () => this.do(steps, t("已重做")), { kind: "primary" });
    fill(box, el("p", {}, icon("warning"), el("strong", {}, error.message)), changes.length > 0 && el("ul", {}, changes),
      el("p", { class: "small" }, t("下面已是最新的方案；您这一步还没有保存。")),
      el("div", { class: "cluster" }, again, button(t("不做了"), () => (box.hidden = true), { kind: "quiet" })));
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    return undefined;
  }

  // ---- what is shown

  #draw() {
    const { plan } = this.api;
    if (!plan) return;
    const on = hoursOn(plan.starts_at, plan.ends_at);
    this.map.show(plan, this.candidates);
    this.#stops(plan, on);
    this.#candidates(on);
    fill(this.at("fit"), hoursOfPlan(plan));
    this.at("stop-count").textContent = plan.stops.length;
    this.at("candidate-count").textContent = this.candidates.length;
    const undo = this.at("undo");
    if (undo) undo.disabled = !this.api.mayUndo;
    const next = this.at("next");
    if (next) next.hidden = !plan.stops.length;
  }

  #stops(plan, on) {
    const letters = linkLetters(plan.stops);
    const acts = {
      show: (id) => this.map.showSite(id),
      toggle: (stop) => this.#toggle(stop),
      addLinked: (stop) => this.addLinked(stop),
      link: (stop, ids) => this.link(stop, ids),
      move: (stop, by) => this.move(stop, by),
      askDrop: (stop) => askDrop(stop, (reason) => this.do({ kind: "drop", stop_id: stop.id, reason }, t("已去掉，理由已记下"))),
      editor: (stop) => (this.settings.may_edit ? editor(stop, plan, (steps) => this.do(steps, t("已保存"))) : el("p", {}, stop.approach || t("没有写进入办法"))),
      isTogether: (stop, siteId) => Boolean(stop.link) && plan.stops.some(({ site_id: id, link }) => id === siteId && link === stop.link),
    };
    const rows = plan.stops.map((stop) => stopRow(stop, { on, settings: this.settings, isOpen: this.open === stop.id, letter: letters.get(stop.link), mayEdit: this.settings.may_edit, acts }));
    const focus = this.#focused();
    fill(this.at("stops"), rows.length ? rows : nothingYet(this.settings.may_edit));
    const dropped = this.at("dropped");
    dropped.hidden = !plan.dropped.length;
    fill(dropped.querySelector("ul"), plan.dropped.map((each) => el("li", { class: "sweep-row" }, el("div", { class: "sweep-body" }, el("p", {}, el("strong", {}, each.name), " ", el("span", { class: "muted small" }, each.reason))), this.settings.may_edit && button(t("放回来"), () => this.add([each.site_id]), { kind: "quiet" }))));
    dropped.querySelector(".count").textContent = plan.dropped.length;
    focus();
  }

  /** Gives back the focus that drawing anew would lose: to the same button of the same row. */
  #focused() {
    const held = document.activeElement;
    const row = held?.closest?.(".sweep-row");
    if (!row?.id || !this.element.contains(row)) return () => {};
    const place = [...row.querySelectorAll("button, input, textarea")].indexOf(held);
    return () => document.getElementById(row.id)?.querySelectorAll("button, input, textarea")[place]?.focus({ preventScroll: true });
  }

  #candidates(on) {
    const list = this.at("candidates");
    const form = this.at("narrow");
    const shown = shownCandidates(this.candidates, { order: form.elements.order.value, words: form.elements.words.value, only: form.elements.only.checked });
    const acts = {
      show: (id) => this.map.showSite(id),
      add: (ids) => this.add(ids),
      choose: (candidate, isOn) => {
        if (isOn) this.chosen.add(candidate.site_id);
        else this.chosen.delete(candidate.site_id);
        this.#bulk(shown);
      },
    };
    form.hidden = this.candidates.length < 2;
    fill(list, shown.slice(0, MOST_ROWS).map((each) => candidateRow(each, { on, settings: this.settings, isChosen: this.chosen.has(each.site_id), mayEdit: this.settings.may_edit, acts })));
    if (shown.length > MOST_ROWS) list.append(el("li", { class: "muted small" }, t("另有 {n} 处没有列出，请缩小范围或筛选。", { n: shown.length - MOST_ROWS })));
    if (this.candidates.length && !shown.length) list.append(el("li", { class: "muted" }, t("没有符合筛选的候选。")));
    this.#bulk(shown);
  }

  #bulk(shown) {
    const bar = this.at("bulk");
    if (!bar) return;
    const free = addable(shown);
    const picked = [...this.chosen];
    bar.hidden = !this.candidates.length;
    fill(bar,
      button(picked.length ? t("加入选中的 {n} 处", { n: picked.length }) : t("全部加入（{n} 处）", { n: free.length }), () => this.add(picked.length ? picked : free.map(({ site_id: id }) => id)), { kind: "primary", sign: "plus" }),
      picked.length > 0 && button(t("取消选择"), () => {
        this.chosen.clear();
        this.#draw();
      }, { kind: "quiet" }),
      !picked.length && free.length < shown.length && el("span", { class: "muted small" }, t("已在方案、去掉过或不宜去的不算在内")));
    bar.querySelector("button").disabled = !picked.length && !free.length;
  }

  #popup(thing) {
    const isStop = thing.id !== undefined;
    const { plan } = this.api;
    const act = this.settings.may_edit && (isStop
      ? button(t("看这一处"), () => this.#goTo(thing), { kind: "primary" })
      : thing.on_plan ? null : button(t("加入方案"), () => this.add([thing.site_id]), { kind: "primary", sign: "plus" }));
    return el("div", { class: "sweep-popup" }, el("strong", {}, isStop ? `${thing.number}. ${thing.name}` : thing.name), about(thing, hoursOn(plan.starts_at, plan.ends_at), this.settings), act);
  }

  #goTo(stop) {
    this.#turn("stops");
    if (this.open !== stop.id) this.#toggle(stop);
    document.getElementById(`row-${stop.id}`)?.scrollIntoView({ block: "center" });
  }

  #reveal(siteId) {
    for (const row of this.element.querySelectorAll(".sweep-row.is-chosen")) row.classList.remove("is-chosen");
    const row = [...this.element.querySelectorAll(".sweep-row")].find(({ dataset }) => dataset.site === siteId);
    row?.classList.add("is-chosen");
    if (row && matchMedia("(min-width: 60rem)").matches) row.scrollIntoView({ block: "nearest" });
  }

  #toggle(stop) {
    this.open = this.open === stop.id ? null : stop.id;
    this.#draw();
    if (this.open) document.getElementById(`a-${stop.id}`)?.focus({ preventScroll: true });
  }

  #turn(name) {
    this.map.looksAt(name);
    for (const tab of this.element.querySelectorAll("[data-turns]")) tab.setAttribute("aria-pressed", String(tab.dataset.turns === name));
    for (const each of ["stops", "candidates"]) this.at(`${each}-page`).hidden = each !== name;
  }

  #waiting(isOn) {
    this.at("waiting").hidden = !isOn;
  }

  // ---- drawing an area

  #draws(isOn) {
    this.map.draw(isOn);
    this.at("pen").hidden = !isOn;
    this.at("draw")?.setAttribute("aria-pressed", String(isOn));
  }

  #corners(n) {
    this.at("pen-words").textContent = n < 3 ? t("在地图上一个角一个角地点，至少三个") : t("{n} 个角；点第一个角、按回车或“完成”收口", { n });
    this.at("pen-done").disabled = n < 3;
  }

  async #drawn(ring) {
    this.#draws(false);
    if (await this.do({ kind: "area", ring })) await this.find({ kind: "area", ring });
  }

  // ---- listening

  #listen() {
    const on = (target, name, act) => {
      target?.addEventListener(name, act);
      this.#leaving.push(() => target?.removeEventListener(name, act));
    };
    const press = (name, act) => on(this.at(name), "click", act);
    press("draw", () => this.#draws(this.at("pen").hidden));
    press("pen-done", () => this.map.pen.finish());
    press("pen-back", () => this.map.pen.takeBack());
    press("pen-stop", () => this.#draws(false));
    press("undo", () => this.undo());
    press("zoom-in", () => this.map.map.zoomIn());
    press("zoom-out", () => this.map.map.zoomOut());
    press("whole", () => (this.api.plan?.stops.length ? this.map.fit(this.api.plan.stops) : this.map.whole()));
    press("all-sites", () => this.#allSites());
    press("history", () => showHistory(this.api, this.settings.may_edit, (step, words) => this.do(step, words), (error) => this.#refused(error)));
    for (const tab of this.element.querySelectorAll("[data-turns]")) on(tab, "click", () => this.#turn(tab.dataset.turns));
    on(this.at("find"), "submit", (event) => this.#search(event));
    on(this.at("find"), "change", (event) => this.#chosenSource(event.target));
    on(this.at("narrow"), "input", () => this.#draw());
    on(this.at("narrow"), "submit", (event) => event.preventDefault());
    for (const name of ["mouseover", "focusin"]) on(this.element, name, (event) => this.#mark(event, true));
    for (const name of ["mouseout", "focusout"]) on(this.element, name, (event) => this.#mark(event, false));
    on(document, "keydown", (event) => this.#key(event));
  }

  #mark({ target }, isOn) {
    const row = target.closest?.(".sweep-row[data-site]");
    if (row) this.map.mark(row.dataset.site, isOn);
  }

  #key(event) {
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    if (event.key === "Escape" && !this.at("pen").hidden) return this.#draws(false);
    if (isTyping || !this.settings.may_edit) return undefined;
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return this.undo();
    }
    const row = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) ? event.target.closest?.(".sweep-row[id]") : null;
    const stop = row && this.api.plan.stops.find(({ id }) => `row-${id}` === row.id);
    if (stop) {
      event.preventDefault();
      this.move(stop, event.key === "ArrowUp" ? -1 : 1);
    }
    return undefined;
  }

  #search(event) {
    event.preventDefault();
    const words = this.at("find").elements.words.value.trim();
    if (words) this.find({ kind: "named", words }, t("没有找到这样的点位"));
  }

  #chosenSource(input) {
    if (!input.value || input.name === "words") return;
    const source = { hotspot: "run_id", target_list: "list_id", draw: "draw_id" }[input.name];
    if (source) this.find({ kind: input.name, [source]: input.value });
    for (const other of this.at("find").querySelectorAll("select")) if (other !== input) other.value = "";
  }

  #allSites() {
    const pressed = this.at("all-sites").getAttribute("aria-pressed") !== "true";
    this.at("all-sites").setAttribute("aria-pressed", String(pressed));
    this.map.toggleSites(pressed);
    if (pressed) toast(t("点一下点位就能看它、把它加入方案"));
  }
}

const MOST_ROWS = 120;
const SOURCES = { area: "area", hotspot: "hotspot", target_list: "target_list", draw: "draw" };

function nothingYet(mayEdit) {
  return el("li", { class: "empty" }, icon("location"), el("p", {}, el("strong", {}, t("方案里还没有点位"))), mayEdit && el("p", { class: "muted" }, t("画一个范围、选一个热点或名单，或者搜名称；再从候选里加入。")));
}
