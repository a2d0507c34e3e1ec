// Draws a polygon on a Leaflet map, corner by corner, and moves the corners of one that is there. No library: a handful
// of rules, worked by mouse, finger and keys (Enter ends, Escape gives up, Backspace takes the last corner back).

const CLOSE_PX = 12;

export class Pen {
  constructor(map, { done, changed }) {
    this.map = map;
    this.done = done;
    this.changed = changed;
    this.corners = [];
    this.handles = [];
    this.line = L.polyline([], { className: "pen-line", interactive: false }).addTo(map);
    this.isOn = false;
  }

  begin() {
    this.end();
    this.isOn = true;
    this.map.getContainer().classList.add("is-drawing");
    this.map.on("click", this.#add).on("mousemove", this.#preview);
    document.addEventListener("keydown", this.#key);
    this.changed(0);
  }

  /** Edit the corners of a ring [[lon, lat], …] without its closing point. */
  edit(ring) {
    this.end();
    this.isOn = true;
    this.corners = ring.map(([lon, lat]) => L.latLng(lat, lon));
    document.addEventListener("keydown", this.#key);
    this.#handles();
    this.#show();
    this.changed(this.corners.length);
  }

  end() {
    this.isOn = false;
    this.map.getContainer().classList.remove("is-drawing");
    this.map.off("click", this.#add).off("mousemove", this.#preview);
    document.removeEventListener("keydown", this.#key);
    for (const handle of this.handles) handle.remove();
    this.handles = [];
    this.corners = [];
    this.line.setLatLngs([]);
  }

  /** The polygon as GeoJSON, closed; null while it has fewer than three corners. */
  get polygon() {
    if (this.corners.length < 3) return null;
    const ring = this.corners.map(({ lat, lng }) => [round(lng), round(lat)]);
    return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
  }

  finish() {
    const polygon = this.polygon;
    if (polygon) this.done(polygon);
  }

  takeBack() {
    this.corners.pop();
    this.#show();
    this.changed(this.corners.length);
  }

  #add = ({ latlng, containerPoint }) => {
    const first = this.corners[0];
    if (first && this.corners.length > 2 && this.map.latLngToContainerPoint(first).distanceTo(containerPoint) < CLOSE_PX) return this.finish();
    this.corners.push(latlng);
    this.#show();
    return this.changed(this.corners.length);
  };

  #preview = ({ latlng }) => this.#show(latlng);

  #key = (event) => {
    if (event.target.closest?.("input, textarea, select")) return;
    if (event.key === "Enter") this.finish();
    else if (event.key === "Backspace" && !this.handles.length) this.takeBack();
    else return;
    event.preventDefault();
  };

  #show(pointer) {
    const closing = this.handles.length ? [this.corners[0]] : pointer ? [pointer] : [];
    this.line.setLatLngs([...this.corners, ...closing]);
    this.line.getElement()?.classList.toggle("pen-closed", Boolean(this.handles.length));
  }

  #handles() {
    this.handles = this.corners.map((corner, i) => {
      const icon = L.divIcon({ className: "pen-handle", iconSize: [16, 16] });
      const handle = L.marker(corner, { icon, draggable: true, keyboard: false }).addTo(this.map);
      handle.on("drag", ({ latlng }) => {
        this.corners[i] = latlng;
        this.#show();
      });
      return handle;
    });
  }
}

const round = (degrees) => Math.round(degrees * 1e7) / 1e7;
