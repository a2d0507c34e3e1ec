// Borders of the county, its townships, villages and grid cells. Colours are in the style sheet, so themes just work.

const FILES = {
  county: (urls) => `${urls.areas}county.geojson`,
  townships: (urls) => `${urls.areas}townships.geojson`,
  villages: (urls) => `${urls.areas}villages.geojson`,
  grid: (urls) => urls.grid,
};
// The county's ground lies under roads and water.
// How fine each is drawn, as the zoom that it still looks right at
const DETAIL = { county: 13, townships: 13, villages: 15, grid: 16 };
const PANES = { county: "ground" };
const NAMES = {
  townships: { from: 9, upTo: 14, size: 14, weight: 600 },
  villages: { from: 13, upTo: 19, size: 12, weight: 400, muted: true },
  grid: { from: 14, upTo: 19, size: 12, weight: 400, muted: true },
};

export class Outlines {
  #map;
  #urls;
  #loaded = new Map();
  #shown = new Set();
  #changed;

  constructor(map, urls, changed) {
    this.#map = map;
    this.#urls = urls;
    this.#changed = changed;
  }

  async show(name) {
    this.#shown.add(name);
    if (!this.#loaded.has(name)) this.#loaded.set(name, this.#load(name));
    const { layer } = await this.#loaded.get(name);
    if (this.#shown.has(name)) layer.addTo(this.#map);
    this.#changed();
  }

  async hide(name) {
    this.#shown.delete(name);
    const loaded = await this.#loaded.get(name);
    if (loaded && !this.#shown.has(name)) loaded.layer.remove();
    this.#changed();
  }

  /** The names that the zoom has room for. */
  names(zoom) {
    return [...this.#shown].flatMap((name) => {
      const style = NAMES[name];
      if (!style || zoom < style.from || zoom > style.upTo) return [];
      return (this.#named.get(name) ?? []).map((each) => ({ ...each, ...style }));
    });
  }

  #named = new Map();

  async #load(name) {
    const answer = await fetch(`${FILES[name](this.#urls)}?zoom=${DETAIL[name]}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    const areas = await answer.json();
    const layer = L.geoJSON(areas, {
      interactive: false,
      pane: PANES[name] ?? "outlines",
      renderer: this.#renderer(PANES[name] ?? "outlines"),
      style: { className: `outline outline-${name}` },
    });
    this.#named.set(
      name,
      areas.features
        .filter(({ properties }) => properties.at)
        .map(({ properties: { name: words, at } }) => ({ name: words, lon: at[0], lat: at[1] })),
    );
    return { layer };
  }

  #svgs = {};

  #renderer(pane) {
    this.#svgs[pane] ??= L.svg({ pane, padding: 0.5 });
    return this.#svgs[pane];
  }
}
