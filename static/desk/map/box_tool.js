// Draws a rectangle with a mouse, a pen or a finger, and gives its west, south, east, north.

import { el } from "../../helpers/dom.js";

const LEAST_PX = 8;

export class BoxTool {
  #map;
  #done;
  #rubber = el("div", { class: "map-rubber", hidden: true });
  #start = null;

  constructor(map, done) {
    this.#map = map;
    this.#done = done;
    map.getContainer().append(this.#rubber);
  }

  get isOn() {
    return this.#map.getContainer().classList.contains("is-drawing");
  }

  begin() {
    const container = this.#map.getContainer();
    container.classList.add("is-drawing");
    this.#map.dragging.disable();
    container.addEventListener("pointerdown", this.#down, { capture: true });
  }

  end() {
    const container = this.#map.getContainer();
    container.classList.remove("is-drawing");
    this.#map.dragging.enable();
    container.removeEventListener("pointerdown", this.#down, { capture: true });
    container.removeEventListener("pointermove", this.#move);
    container.removeEventListener("pointerup", this.#up);
    this.#rubber.hidden = true;
    this.#start = null;
  }

  #down = (event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    const container = this.#map.getContainer();
    container.setPointerCapture(event.pointerId);
    this.#start = this.#point(event);
    container.addEventListener("pointermove", this.#move);
    container.addEventListener("pointerup", this.#up);
  };

  #move = (event) => {
    const [from, to] = [this.#start, this.#point(event)];
    const box = L.bounds(from, to);
    const size = box.getSize();
    this.#rubber.hidden = false;
    Object.assign(this.#rubber.style, {
      left: `${box.min.x}px`, top: `${box.min.y}px`, width: `${size.x}px`, height: `${size.y}px`,
    });
  };

  #up = (event) => {
    const [from, to] = [this.#start, this.#point(event)];
    this.end();
    if (Math.abs(to.x - from.x) < LEAST_PX || Math.abs(to.y - from.y) < LEAST_PX) return this.#done(null);
    const box = L.latLngBounds(this.#map.containerPointToLatLng(from), this.#map.containerPointToLatLng(to));
    this.#done([box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]);
  };

  #point(event) {
    return this.#map.mouseEventToContainerPoint(event);
  }
}
