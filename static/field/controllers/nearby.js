// 附近: where I am, what stands around me, and what is written nowhere yet. Works without a signal.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { button, empty, linkButton, notice, row, rows, siteIcon } from "../helpers/parts.js";
import { away, gradeOf, siteDetail, siteState } from "../helpers/words.js";
import { nearest } from "../models/nearest.js";
import { live, nothingYet } from "./live.js";
import { openMap } from "./map.js";
import { scanButton } from "./scan.js";

const MOVED_M = 15;
const TYPING_MS = 120;

export default async function nearby(screen) {
  const { app } = screen;
  screen.frame({ title: t("附近") });
  const view = new Nearby(screen);
  await live(screen, async () => (app.bundle ? view.draw() : nothingYet(screen)));
  screen.onLeave(app.whereabouts.follow((fix) => app.bundle && view.moved(fix)));
  screen.onLeave(() => view.closeMap());
}

class Nearby {
  #screen;
  #fix = el("div", { class: "fix", role: "status" });
  #search = el("input", { class: "input", type: "search", placeholder: t("搜名称、地址"), "aria-label": t("搜名称、地址"), enterkeyhint: "search" });
  #switch;
  #list = el("div", { class: "nearby-list" });
  #map = null;
  #isMap = false;
  #listedAt = null;
  #isBuilt = false;

  constructor(screen) {
    this.#screen = screen;
    this.#switch = button(t("地图"), { iconName: "map", onPress: () => this.#toggle() });
    let waiting;
    this.#search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.#drawList(), TYPING_MS);
    });
  }

  draw() {
    if (!this.#isBuilt) {
      this.#isBuilt = true;
      const tools = el("div", { class: "nearby-tools" }, this.#search, this.#switch);
      this.#screen.show(this.#fix, tools, this.#list);
      const here = button(t("在此登记疑似点"), { kind: "primary", iconName: "plus", onPress: () => this.#screen.app.go("/m/sites/new") });
      this.#screen.frame({ primary: [scanButton(this.#screen.app), here] });
    }
    this.#drawFix();
    if (!this.#isMap) this.#drawList();
  }

  moved(fix) {
    this.#drawFix();
    if (this.#isMap) return this.#map?.setFix(this.#screen.app.whereabouts.any());
    const last = this.#listedAt;
    const isFar = fix && (!last || Math.hypot((fix.lon - last.lon) * 98_000, (fix.lat - last.lat) * 111_000) > MOVED_M);
    if (isFar) this.#drawList();
  }

  closeMap() {
    this.#map?.close();
    this.#map = null;
  }

  #drawFix() {
    const { whereabouts } = this.#screen.app;
    const fix = whereabouts.any();
    const grade = gradeOf(fix);
    const faults = {
      denied: t("没有定位权限：请在浏览器设置里允许本网站定位。仍可搜索点位、照常检查。"),
      unavailable: t("手机现在定不了位，请到开阔处再试。仍可搜索点位。"),
      timeout: t("还在定位，室内会慢一些…"),
    };
    const words = fix ? t("我的位置 {radius}", { radius: grade.radius }) : (faults[whereabouts.fault] ?? t("正在定位…"));
    fill(this.#fix, el("span", { class: "grade", "data-state": grade.kind }, fix ? grade.letter : "–"), el("span", {}, words, fix && el("span", { class: "muted" }, ` · ${grade.word}`)));
  }

  #drawList() {
    const { app } = this.#screen;
    const typed = this.#search.value.trim();
    const fix = app.whereabouts.any();
    this.#listedAt = fix;
    const found = typed ? app.bundle.search(typed) : this.#around(fix);
    if (!found.length) return fill(this.#list, this.#nothing(typed));
    fill(this.#list, rows(found.map((site) => siteRow(app, site, fix))));
  }

  #around(fix) {
    const { bundle } = this.#screen.app;
    if (fix) return nearest(bundle, [fix.lon, fix.lat]).map(({ site }) => site);
    const township = bundle.person.township_id;
    return bundle.allSites.filter((site) => !township || site.township_id === township).slice(0, 40);
  }

  #nothing(typed) {
    if (!typed) return empty(t("手机上还没有点位"), t("请在“我的”里更新数据。"), linkButton(t("去更新"), "/m/me"), "location");
    return empty(t("没有找到“{typed}”", { typed }), t("换一个词，或者登记为新的疑似点。"), null, "search");
  }

  async #toggle() {
    this.#isMap = !this.#isMap;
    fill(this.#switch.querySelector("span"), this.#isMap ? t("列表") : t("地图"));
    this.#search.hidden = this.#isMap;
    if (!this.#isMap) {
      this.closeMap();
      return this.#drawList();
    }
    const box = el("div", { class: "map map-inset nearby-map" });
    fill(this.#list, box, el("p", { class: "muted small" }, t("长按地图，可在那里登记疑似点。")));
    const { app } = this.#screen;
    try {
      this.#map = await openMap(box, app);
    } catch {
      fill(this.#list, notice(t("地图程序没有加载，请联网后再打开。列表照常可用。"), "due"));
    }
  }
}

function siteRow(app, site, fix) {
  return row({
    title: site.name,
    detail: siteDetail(app.bundle, site),
    meta: away(fix, site),
    href: `/m/sites/${site.id}`,
    iconName: siteIcon(site),
    state: siteState(app.bundle, site),
  });
}
