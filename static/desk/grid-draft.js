// The draft of a grid: its pieces with what is to be mended, a pen for new outlines, and a list that points at the map.

import { el } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { Board } from "./grid/board.js";
import { Pen } from "./grid/pen.js";

const AMISS = ["overlap", "gap", "stray"];

export default function connect(element) {
  const settings = JSON.parse(element.dataset.settings);
  const board = new Board(element, settings);
  const draft = new Draft(board);
  board.load(settings.draft).then((features) => draft.show(features), () => element.append(el("p", { class: "grid-tip", role: "alert" }, t("草案没有读出来，请刷新页面"))));
  return () => {
    draft.pen.end();
    board.stop();
  };
}

class Draft {
  constructor(board) {
    this.board = board;
    this.rings = new Map();
    this.amiss = new Map();
    this.form = document.getElementById("draw-form");
    this.bar = document.getElementById("draw-bar");
    this.pen = new Pen(board.map, { done: (polygon) => this.send(polygon), changed: (n) => this.tell(n) });
    const on = (name, work) => document.querySelector(`[data-draw="${name}"]`)?.addEventListener("click", work);
    on("begin", () => this.begin());
    on("finish", () => this.pen.finish());
    on("back", () => this.pen.takeBack());
    on("stop", () => this.stop());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.pen.isOn && this.stop());
    for (const button of document.querySelectorAll("[data-shows]")) button.addEventListener("click", () => this.point(button.dataset.shows));
    for (const button of document.querySelectorAll("[data-reshapes]")) button.addEventListener("click", () => this.reshape(button.dataset.reshapes));
  }

  show(features) {
    const of = (kind) => features.filter(({ properties }) => properties.kind === kind);
    this.board.draw(of("land"), () => ({ look: "land" }));
    this.board.draw(of("piece"), ({ is_new: isNew }) => ({ look: isNew ? "new" : "kept" }), ({ key }) => this.choose(key));
    for (const { properties, geometry } of of("piece")) this.rings.set(properties.key, geometry.coordinates[0]);
    for (const kind of AMISS) {
      L.geoJSON({ type: "FeatureCollection", features: of(kind) }, {
        renderer: this.board.renderer,
        interactive: false,
        style: () => ({ className: `cell cell-${kind}`, weight: 2, fillColor: `url(#hatch-${kind})`, fillOpacity: 1 }),
        onEachFeature: ({ properties }, layer) => this.amiss.set(`${kind}-${properties.number}`, layer),
      }).addTo(this.board.map);
    }
    this.numbers(of("piece"));
    this.board.element.dataset.drawn = String(of("piece").length);
  }

  numbers(pieces) {
    if (pieces.length > 300) return;
    for (const { properties } of pieces) {
      const layer = this.board.layers.get(properties.key);
      const icon = L.divIcon({ className: "cell-number", html: "", iconSize: [28, 16] });
      const marker = L.marker(layer.getBounds().getCenter(), { icon, interactive: false, keyboard: false }).addTo(this.board.map);
      marker.getElement().textContent = String(properties.number);
    }
  }

  choose(key) {
    if (this.pen.isOn) return;
    for (const each of this.rings.keys()) this.board.mark(each, each === key);
    const row = document.getElementById(`piece-${key}`);
    row?.closest("details")?.setAttribute("open", "");
    row?.scrollIntoView({ block: "nearest" });
    for (const each of document.querySelectorAll(".piece-row")) each.classList.toggle("is-chosen", each === row);
  }

  point(what) {
    const layer = this.amiss.get(what) ?? this.board.layers.get(what);
    if (!layer) return;
    this.board.map.fitBounds(layer.getBounds(), { maxZoom: 17, padding: [60, 60] });
    if (this.board.layers.has(what)) this.choose(what);
  }

  begin() {
    this.form.elements.key.value = "";
    this.bar.hidden = false;
    this.pen.begin();
  }

  reshape(key) {
    const ring = this.rings.get(key);
    if (!ring) return;
    this.form.elements.key.value = key;
    this.bar.hidden = false;
    this.point(key);
    this.pen.edit(ring.slice(0, -1));
  }

  stop() {
    this.pen.end();
    this.bar.hidden = true;
  }

  tell(corners) {
    document.getElementById("draw-says").textContent = this.form.elements.key.value
      ? t("拖动圆点改边界，完成后按“完成”")
      : t("在地图上依次点边界，已点 {n} 个；点回第一个点或按“完成”结束", { n: corners });
  }

  send(polygon) {
    this.form.elements.shape.value = JSON.stringify(polygon);
    this.form.requestSubmit();
  }
}
