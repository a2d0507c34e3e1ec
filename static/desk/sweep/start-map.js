// Where a team sets out: a press on the map fills the two fields beside it, and the fields move the pin.

import { onThemeChange } from "../../helpers/tokens.js";
import { showBackground } from "../map/background.js";
import { placeOf } from "./typed-place.js";

const DIGITS = 6; // of a degree: about 0.1 m

export default function connect(element) {
  const { starts, ...settings } = JSON.parse(element.dataset.settings);
  const [lon, lat] = ["lon", "lat"].map((name) => element.querySelector(`[name="${name}"]`));
  const map = L.map(element.querySelector(".map"), { attributionControl: false, scrollWheelZoom: false, minZoom: 8, maxZoom: 19, fadeAnimation: false });
  const background = showBackground(map, settings, () => {});
  if (settings.sources.length) background.setBase(0);
  let pin = null;
  const place = () => placeOf(lon.value, lat.value);
  const show = (move) => {
    const at = place();
    if (!at) return;
    pin ??= L.marker(at, { icon: L.divIcon({ className: "place-pin", iconSize: [18, 18] }), interactive: false, keyboard: false }).addTo(map);
    pin.setLatLng(at);
    if (move) map.setView(at, Math.max(map.getZoom() ?? 0, 13), { animate: false });
  };
  map.setView(place() ?? [35, 105], place() ? 13 : 8);
  if (!place()) findCounty(map, settings.urls.areas);
  if (starts.length && !place()) map.setView([starts[0].lat, starts[0].lon], 13);
  show(false);
  map.on("click", ({ latlng }) => {
    lon.value = latlng.lng.toFixed(DIGITS);
    lat.value = latlng.lat.toFixed(DIGITS);
    show(false);
  });
  const typed = () => show(true);
  for (const field of [lon, lat]) field.addEventListener("change", typed);
  // A map in something that was closed has no size yet
  const seen = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  seen.observe(map.getContainer());
  const stop = onThemeChange(() => background.repaint());
  return () => {
    seen.disconnect();
    stop();
    map.remove();
  };
}

async function findCounty(map, url) {
  try {
    const answer = await fetch(`${url}county.geojson`);
    if (answer.ok) map.fitBounds(L.geoJSON(await answer.json()).getBounds(), { animate: false });
  } catch {
    // Without a network the map stays where it is; the fields still take a place
  }
}
