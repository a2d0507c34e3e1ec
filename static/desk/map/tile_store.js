// Vector tiles, fetched once and kept decoded. A tile that has gone stale is shown until its successor is here.

import { decode } from "./mvt.js";

const KEPT = 240;
const AGAIN_MS = 4000;

export class TileStore {
  #tiles = new Map();
  #template;
  #query = "";
  #arrived;

  /** `template` has {z}, {x} and {y}; `arrived` is called whenever there is more to draw. */
  constructor(template, arrived) {
    this.#template = template;
    this.#arrived = arrived;
  }

  /** Other filters mean other tiles: what was kept is dropped. */
  ask(query) {
    if (query === this.#query) return;
    for (const tile of this.#tiles.values()) tile.asking?.abort();
    this.#tiles.clear();
    this.#query = query;
  }

  /** The layers of a tile, or undefined while they are on their way. */
  get(z, x, y) {
    const key = `${z}/${x}/${y}`;
    let tile = this.#tiles.get(key);
    if (tile) this.#tiles.delete(key);
    else tile = { z, x, y, layers: undefined, isStale: false, asking: null, failedAt: 0 };
    this.#tiles.set(key, tile);
    const isWanted = (!tile.layers || tile.isStale) && !tile.asking && Date.now() - tile.failedAt > AGAIN_MS;
    if (isWanted) this.#fetch(key, tile);
    if (this.#tiles.size > KEPT) this.#forgetOldest();
    return tile.layers;
  }

  /** Something has changed on the server: tiles are asked for again when they are next drawn. */
  growStale() {
    for (const tile of this.#tiles.values()) {
      tile.isStale = true;
      if (tile.asking) tile.again = true;
    }
  }

  get isWaiting() {
    return [...this.#tiles.values()].some(({ asking, layers }) => asking && !layers);
  }

  async #fetch(key, tile) {
    tile.asking = new AbortController();
    const address = this.#template.replace("{z}", tile.z).replace("{x}", tile.x).replace("{y}", tile.y);
    try {
      const answer = await fetch(address + this.#query, {
        signal: tile.asking.signal,
        credentials: "same-origin",
        cache: tile.isStale ? "no-cache" : "default",
      });
      if (!answer.ok) throw new Error(`tile ${key}: ${answer.status}`);
      tile.layers = answer.status === 204 ? {} : decode(new Uint8Array(await answer.arrayBuffer()));
      tile.isStale = tile.again === true;
    } catch (error) {
      if (error.name === "AbortError") return;
      tile.failedAt = Date.now();
      setTimeout(() => this.#arrived(), AGAIN_MS + 50);
    } finally {
      Object.assign(tile, { asking: null, again: false });
    }
    this.#arrived();
  }

  #forgetOldest() {
    const [key, tile] = this.#tiles.entries().next().value;
    tile.asking?.abort();
    this.#tiles.delete(key);
  }
}
