// The version of the app this page is made of, and the one it changes to: with the next screen that is opened, as soon
// as nothing waits to be sent, or at once if the person says so.

import { canBeKept } from "./models/surroundings.js";
import { adopt, hold, kept, sweep } from "./models/versions.js";

const LOOK_AGAIN_MS = 60 * 60_000;
const SWEEP_AFTER_MS = 20_000;

export class AppVersion {
  /** "none": this browser can't; "keeping": not all is here yet; "kept"; "new": a newer one stands ready. */
  state = "none";
  files = 0;
  #version;
  #unsent;
  #changed;
  #registration = null;

  /** `unsent()` counts what waits; `changed()` is called when `state` has changed. */
  constructor({ version, unsent, changed }) {
    this.#version = version;
    this.#unsent = unsent;
    this.#changed = changed;
  }

  async start() {
    if (!this.#version || !canBeKept()) return;
    hold(this.#version);
    await this.look();
    const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/m", updateViaCache: "none" }).catch(() => null);
    if (!registration) return;
    this.#registration = registration;
    const follow = (worker) => worker?.addEventListener("statechange", () => this.look());
    follow(registration.installing);
    registration.addEventListener("updatefound", () => follow(registration.installing));
    setInterval(() => this.ask(), LOOK_AGAIN_MS);
    setTimeout(() => sweep().catch(() => {}), SWEEP_AFTER_MS);
    await this.look();
  }

  /** Is there a newer one? It is then fetched, whole, beside this one. */
  ask() {
    return this.#registration?.update().catch(() => {}); // no signal, or not all of it: asked again
  }

  async look() {
    const { chosen, newest, files } = await kept();
    const state = !newest ? "keeping" : newest === chosen && chosen === this.#version ? "kept" : "new";
    if (state === this.state && files === this.files) return;
    Object.assign(this, { state, files });
    this.#changed();
  }

  /** May the next screen be opened in the newer version? If so it will be. */
  async changes() {
    if (this.state !== "new" || (await this.#unsent())) return false;
    await adopt();
    return true;
  }

  /** The person wants it now. What waits to be sent stays where it is. */
  async agree() {
    await adopt();
    location.reload();
  }
}
