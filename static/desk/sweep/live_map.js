// The map of the board: stops in the colour of their state with their team's number, teams where they are.

import { onThemeChange } from "../../helpers/tokens.js";
import { showBackground } from "../map/background.js";
import { whereabouts } from "./live_model.js";

const PIN = [26, 26];
const TEAM = [30, 30];
const BESIDE = [-6, 36]; // above and to the right of the stop that a team stands at, whose state stays in sight

export class LiveMap {
  /** `chosen(id)` is told of a press on a stop, `chosenTeam(id)` of one on a team. */
  constructor(element, settings, { chosen, chosenTeam }) {
    this.map = L.map(element, { zoomControl: true, attributionControl: false, scrollWheelZoom: !matchMedia("(max-width: 60rem)").matches, minZoom: 8, maxZoom: 19, zoomSnap: 0.25, fadeAnimation: false });
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.map);
    this.map.setView([35, 105], 8);
    const background = showBackground(this.map, settings, () => {});
    if (settings.sources.length) background.setBase(0);
    this.pressed = { chosen, chosenTeam };
    this.pins = new Map();
    this.teams = new Map();
    this.isFitted = false;
    this.stopping = onThemeChange(() => background.repaint());
  }

  stop() {
    this.stopping();
    this.map.remove();
  }

  show({ stops, teams }, labels) {
    const numbers = new Map(teams.map(({ id, number }) => [id, number]));
    for (const stop of stops) {
      const look = `live-pin live-pin-${/^[a-z_]+$/.test(stop.state) ? stop.state : "waiting"}`;
      this.put(this.pins, stop.id, stop, { look, size: PIN, text: numbers.get(stop.team_id) ?? "?", label: labels.stop(stop), press: () => this.pressed.chosen(stop.id) });
    }
    for (const team of teams) {
      const place = whereabouts(team, stops);
      const look = `live-team${place.isSeen ? "" : " live-team-guessed"}${team.on_duty ? "" : " live-team-off"}`;
      this.put(this.teams, team.id, place, { look, size: TEAM, anchor: BESIDE, text: team.number, label: labels.team(team), press: () => this.pressed.chosenTeam(team.id), above: 500 });
    }
    if (!this.isFitted) this.fit([...stops, ...teams.map((team) => whereabouts(team, stops))]);
  }

  fit(places) {
    if (!places.length) return;
    this.isFitted = true;
    this.map.fitBounds(L.latLngBounds(places.map(({ lon, lat }) => [lat, lon])), { maxZoom: 15, padding: [48, 48], animate: false });
  }

  /** A number is all that a pin shows; names are only ever set as text. */
  put(pins, id, { lon, lat }, { look, size, anchor, text, label, press, above = 0 }) {
    const signature = JSON.stringify([lon, lat, look, text, label]);
    const known = pins.get(id);
    if (known?.signature === signature) return;
    const icon = L.divIcon({ className: look, iconSize: size, iconAnchor: anchor, html: /^\d+$/.test(String(text)) ? String(text) : "?" });
    if (known) {
      known.signature = signature;
      known.marker.setLatLng([lat, lon]).setIcon(icon);
      known.name.textContent = label;
      known.marker.getElement()?.setAttribute("aria-label", label);
      return;
    }
    const marker = L.marker([lat, lon], { icon, riseOnHover: true, zIndexOffset: above }).addTo(this.map);
    const name = document.createElement("span");
    name.textContent = label;
    marker.bindTooltip(name, { direction: "top", offset: [0, -14] });
    marker.getElement()?.setAttribute("aria-label", label);
    marker.on("click", press);
    pins.set(id, { signature, marker, name });
  }

  /** Brings a stop or team into view and marks it. */
  choose(id) {
    for (const [each, { marker }] of [...this.pins, ...this.teams]) marker.getElement()?.classList.toggle("is-chosen", each === id);
    const pin = this.pins.get(id) ?? this.teams.get(id);
    if (pin && !this.map.getBounds().pad(-0.1).contains(pin.marker.getLatLng())) this.map.panTo(pin.marker.getLatLng());
  }
}
