// A place by a press on the map, or by keys: arrows move it, Enter takes its middle. Where it stands is words as well.

import { onThemeChange } from "../helpers/tokens.js";
import { showBackground } from "../desk/map/background.js";

const NEAR_ZOOM = 16;

/** `picked(place | null)` is called with { lon, lat }. Gives { show(place), look(place), clear(), stop() }. */
export function placePick(element, settings, picked) {
  const map = L.map(element, { zoomControl: false, attributionControl: false, minZoom: 7, maxZoom: 18, fadeAnimation: false, zoomAnimation: false });
  const [west, south, east, north] = settings.box;
  map.fitBounds([[south, west], [north, east]]);
  L.control.zoom({ position: "bottomright", zoomInTitle: "+", zoomOutTitle: "−" }).addTo(map);
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  const circle = { radius: settings.aboutM, className: "call-circle", interactive: false };
  const sign = L.divIcon({ className: "place-pin", iconSize: [18, 18] });
  let pin = null;

  const show = ({ lon, lat }) => {
    clear();
    pin = L.layerGroup([L.circle([lat, lon], circle), L.marker([lat, lon], { icon: sign, keyboard: false, interactive: false, alt: "" })]).addTo(map);
  };
  const clear = () => {
    pin?.remove();
    pin = null;
  };
  const take = ({ lat, lng }) => {
    const place = { lon: Number(lng.toFixed(6)), lat: Number(lat.toFixed(6)) };
    show(place);
    picked(place);
  };
  const pressed = (event) => {
    if (event.target !== element) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(map.getCenter());
    }
    if (event.key === "Delete") {
      clear();
      picked(null);
    }
  };
  map.on("click", ({ latlng }) => take(latlng));
  element.addEventListener("keydown", pressed);
  const stopTheme = onThemeChange(() => background.repaint());
  const resized = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  resized.observe(element);
  return {
    show,
    clear,
    look: ({ lon, lat }) => map.setView([lat, lon], NEAR_ZOOM, { animate: false }),
    whole: () => map.fitBounds([[south, west], [north, east]], { animate: false }),
    stop() {
      stopTheme();
      resized.disconnect();
      map.remove();
    },
  };
}
