// A place that is pointed out on the map, for what was only heard of; and how far around it the truth may lie.

import { el, fill } from "../../helpers/dom.js";
import { distance } from "../../helpers/distance.js";
import { t } from "../../helpers/i18n.js";
import { token } from "../../helpers/tokens.js";
import { button, chips, notice } from "../helpers/parts.js";
import { openMap } from "./map.js";

const CIRCLES_M = [50, 150, 300, 1000];
export const HEARD_M = 300;

/** An element to pick with. `chosen()` gives the location as it stands (null: none); `onPick(location)` is told of another. */
export function placePicker(screen, chosen, onPick) {
  const box = el("div", { class: "map map-inset cell-map", hidden: true });
  const words = el("p", { class: "muted small", role: "status" });
  const open = button(t("在地图上点位置"), { iconName: "location", wide: true });
  const draw = () => fill(words, chosen() ? t("已在地图上点了位置，可以再点别处。") : t("还没有点位置。不知道在哪就写清地址。"));
  open.addEventListener("click", async () => {
    open.hidden = true;
    box.hidden = false;
    const map = await openPicker(box, screen, chosen, (location) => {
      onPick(location);
      draw();
    }).catch(() => fill(box, notice(t("地图程序没有加载，请写清地址。"), "due")));
    circles.addEventListener("click", () => map?.paint?.());
  });
  const circles = chips(t("大概范围"), CIRCLES_M.map((metres) => [String(metres), distance(metres)]), String(chosen()?.accuracy_m ?? HEARD_M), (metres) => {
    const location = chosen();
    if (location) onPick({ ...location, accuracy_m: Number(metres ?? HEARD_M) });
  });
  draw();
  const circle = el("div", { class: "field" }, el("span", {}, t("大概在多大范围内")), circles);
  return el("div", { class: "stack-tight" }, open, box, words, circle);
}

async function openPicker(box, screen, chosen, onPick) {
  const map = await openMap(box, screen.app, { picks: true });
  screen.onLeave(() => map.close());
  let mark = null;
  const paint = () => {
    mark?.remove();
    const location = chosen();
    if (!location) return;
    const color = token("map-selected");
    mark = L.circle([location.lat, location.lon], { radius: location.accuracy_m ?? HEARD_M, color, weight: 2, dashArray: "6 5", fillColor: color, fillOpacity: 0.12, interactive: false }).addTo(map.leaflet);
    if (!map.leaflet.getBounds().contains(mark.getBounds())) map.leaflet.fitBounds(mark.getBounds(), { padding: [12, 12] });
  };
  map.leaflet.on("click", ({ latlng }) => {
    const accuracy_m = chosen()?.accuracy_m ?? HEARD_M;
    onPick({ lon: Number(latlng.lng.toFixed(6)), lat: Number(latlng.lat.toFixed(6)), accuracy_m, at: new Date().toISOString(), datum: "wgs84", source: "heard" });
    paint();
  });
  paint();
  return { paint };
}
