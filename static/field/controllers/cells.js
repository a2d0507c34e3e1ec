// 我的网格: what is due first, then by distance; as a list or on a map. Works without a signal.

import { el, fill } from "../../helpers/dom.js";
import { distance } from "../../helpers/distance.js";
import { t } from "../../helpers/i18n.js";
import { button, empty, linkButton, notice, rows, section } from "../helpers/parts.js";
import { cellRow } from "../helpers/cell.js";
import { metresTo } from "../models/cell-ground.js";
import { cellsOf } from "../models/cells.js";
import { openCellMap } from "./cell-map.js";
import { followIfAllowed, live, nothingYet } from "./live.js";

export default async function cells(screen) {
  const { app } = screen;
  screen.frame({ title: t("我的网格"), back: "/m" });
  if (!app.bundle) return nothingYet(screen);
  const view = new CellsView(screen);
  await live(screen, () => view.draw());
  screen.onLeave(() => view.close());
  await followIfAllowed(screen, () => view.draw());
}

class CellsView {
  #screen;
  #app;
  #list = el("div", {});
  #switch;
  #map = null;
  #isMap = false;

  constructor(screen) {
    [this.#screen, this.#app] = [screen, screen.app];
    this.#switch = button(t("地图"), { iconName: "map", onPress: () => this.#toggle() });
  }

  async draw() {
    const { all } = cellsOf(this.#app.bundle);
    if (!all.length) return this.#screen.show(empty(t("还没有分给您的网格"), t("镇街分好网格后，在“我的”里更新数据就能看到。"), linkButton(t("去更新"), "/m/me"), "map"));
    if (!this.#list.isConnected) this.#screen.show(this.#switch, this.#list);
    if (!this.#isMap) fill(this.#list, this.#sections());
    return null;
  }

  close() {
    this.#map?.close();
    this.#map = null;
  }

  #sections() {
    const cells = cellsOf(this.#app.bundle);
    const due = cells.due();
    const named = new Set(due.map(({ id }) => id));
    const rest = this.#byDistance(cells.all.filter(({ id }) => !named.has(id)));
    const now = this.#app.bundle.word("time_bands", cells.bandAt());
    return [
      due.length > 0 && section(t("要走的，{n} 个", { n: due.length }), el("p", { class: "muted small" }, t("现在走，算“{band}”。", { band: now })), rows(due.map((cell) => this.#row(cell)))),
      rest.length > 0 && section(due.length ? t("其他，{n} 个", { n: rest.length }) : t("{n} 个网格", { n: rest.length }), rows(rest.map((cell) => this.#row(cell)))),
    ];
  }

  #row(cell) {
    const metres = this.#metresTo(cell);
    return cellRow(this.#app.bundle, cell, Number.isFinite(metres) ? (metres ? distance(metres) : t("就在这里")) : "");
  }

  #byDistance(cells) {
    const away = new Map(cells.map((cell) => [cell, this.#metresTo(cell)]));
    return cells.sort((a, b) => compare(away.get(a), away.get(b)) || a.code.localeCompare(b.code));
  }

  /** Infinity while nobody knows where the phone is. */
  #metresTo(cell) {
    const fix = this.#app.whereabouts.any();
    const shape = fix && this.#app.bundle.shapeOf(cell.id);
    return shape ? metresTo(shape, [fix.lon, fix.lat]) : Infinity;
  }

  async #toggle() {
    this.#isMap = !this.#isMap;
    fill(this.#switch.querySelector("span"), this.#isMap ? t("列表") : t("地图"));
    if (!this.#isMap) {
      this.close();
      return this.draw();
    }
    const box = el("div", { class: "map map-inset nearby-map" });
    fill(this.#list, box, el("p", { class: "muted small" }, t("颜色和列表里一样；点一个网格，打开它。")));
    try {
      this.#map = await openCellMap(box, this.#app, cellsOf(this.#app.bundle).all, (cell) => this.#app.go(`/m/cells/${cell.id}`));
    } catch {
      fill(this.#list, notice(t("地图程序没有加载，请联网后再打开。列表照常可用。"), "due"));
    }
    return null;
  }
}

// Of two that are both nowhere, neither is nearer: Infinity - Infinity is no number.
function compare(one, other) {
  return one === other ? 0 : one - other;
}
