// Where things stand on the screen: what is under the pointer, and which words find room. No DOM here.

const BUCKET_PX = 48;

/** Finds the thing nearest to a point among [{ x, y, … }]; later ones lie on top and win when equally near. */
export class Picker {
  #buckets = new Map();

  constructor(things) {
    for (const thing of things) {
      const key = keyOf(thing.x, thing.y);
      const bucket = this.#buckets.get(key);
      if (bucket) bucket.push(thing);
      else this.#buckets.set(key, [thing]);
    }
  }

  /** The nearest within `reach` pixels of the thing's own edge, or null. `reach` must stay below a bucket. */
  at(x, y, reach = 6) {
    let [best, least] = [null, Infinity];
    for (const dx of [-BUCKET_PX, 0, BUCKET_PX]) {
      for (const dy of [-BUCKET_PX, 0, BUCKET_PX]) {
        for (const thing of this.#buckets.get(keyOf(x + dx, y + dy)) ?? []) {
          const away = Math.hypot(thing.x - x, thing.y - y) - (thing.r ?? 0);
          if (away <= reach && away <= least) [best, least] = [thing, away];
        }
      }
    }
    return best;
  }
}

function keyOf(x, y) {
  return `${Math.floor(x / BUCKET_PX)},${Math.floor(y / BUCKET_PX)}`;
}

/** Rectangles that were given away; `claim` refuses one that touches another. */
export class Room {
  #cells = new Map();

  claim(left, top, width, height) {
    const [right, bottom] = [left + width, top + height];
    const keys = [];
    for (let column = Math.floor(left / BUCKET_PX); column <= Math.floor(right / BUCKET_PX); column += 1) {
      for (let row = Math.floor(top / BUCKET_PX); row <= Math.floor(bottom / BUCKET_PX); row += 1) keys.push(`${column},${row}`);
    }
    const isTaken = keys.some((key) =>
      this.#cells.get(key)?.some(([l, t, r, b]) => left < r && l < right && top < b && t < bottom),
    );
    if (isTaken) return false;
    for (const key of keys) {
      if (!this.#cells.has(key)) this.#cells.set(key, []);
      this.#cells.get(key).push([left, top, right, bottom]);
    }
    return true;
  }
}
