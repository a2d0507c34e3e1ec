// What lies under the sites: a background map if one is configured, our own land, and the borders.

import { baseLayer } from "./base_layers.js";
import { LandLayer } from "./land_layer.js";
import { Outlines } from "./outlines.js";

const PANES = { base: 150, ground: 200, land: 250, outlines: 300 };

/** Returns { names(zoom), toggle(name, isOn), setBase(index), repaint() }. */
export function showBackground(map, { urls, sources }, changed) {
  for (const [name, zIndex] of Object.entries(PANES)) {
    const pane = map.createPane(name);
    pane.style.zIndex = zIndex;
    pane.style.pointerEvents = "none";
  }
  const land = new LandLayer(urls.land).on("named", changed).addTo(map);
  const outlines = new Outlines(map, urls, changed);
  let base = null;
  outlines.show("county");
  outlines.show("townships");
  return {
    names: (zoom) => [...outlines.names(zoom), ...(map.hasLayer(land) ? land.names(zoom) : [])],
    toggle(name, isOn) {
      if (name === "land") isOn ? land.addTo(map) : land.remove();
      else if (isOn) outlines.show(name);
      else outlines.hide(name);
      changed();
    },
    setBase(index) {
      base?.remove();
      base = index === "" ? null : baseLayer(sources[Number(index)]).addTo(map);
      map.getContainer().classList.toggle("has-base", Boolean(base));
    },
    repaint: () => land.redraw(),
  };
}
