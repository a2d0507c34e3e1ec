// Where the phone is, for as long as somebody wants to know. Nothing is kept for longer than ten minutes: a track of
// a person's way is nobody's business; a check keeps its own fixes.

import { best, lastKnown, watch } from "./fixes.js";

const KEPT_MS = 600_000;
const AROUND_MS = 120_000;
const MOST_AROUND = 20;

export class Whereabouts {
  fault = null;
  #geolocation;
  #fixes = [];
  #listeners = new Set();
  #stop = null;

  constructor(geolocation) {
    this.#geolocation = geolocation;
  }

  /** Calls `listener(fix)` with each new fix, and with null for a fault; returns what ends it. */
  follow(listener) {
    this.#listeners.add(listener);
    this.#stop ??= watch(this.#geolocation, (fix) => this.#arrived(fix), (fault) => this.#failed(fault));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size) return;
      this.#stop?.();
      this.#stop = null;
    };
  }

  best(now = Date.now()) {
    return best(this.#fixes, now);
  }

  /** The best fresh fix, else the last one within ten minutes, else null. */
  any(now = Date.now()) {
    return this.best(now) ?? lastKnown(this.#fixes, now);
  }

  /** The latest fixes of two minutes: what stands beside a photo. */
  around(now = Date.now()) {
    return this.#fixes.filter((fix) => now - Date.parse(fix.at) < AROUND_MS).slice(-MOST_AROUND);
  }

  lastKnown(now = Date.now()) {
    return lastKnown(this.#fixes, now);
  }

  #arrived(fix) {
    this.fault = null;
    this.#fixes = [...this.#fixes.filter((each) => Date.now() - Date.parse(each.at) < KEPT_MS), fix];
    for (const listener of this.#listeners) listener(fix);
  }

  #failed(fault) {
    this.fault = fault;
    for (const listener of this.#listeners) listener(null);
  }
}
