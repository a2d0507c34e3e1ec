// What is finished leaves the phone in the order in which it was finished, one at a time, from one page only. Nothing
// is believed without a receipt and nothing is deleted because it was sent.

import { waitMs } from "./backoff.js";
import { Delivery, Pause, Unacceptable } from "./delivery.js";

const LOCK = "mingcha-outbox";
const SENT = new Set(["received", "replaced"]);
const STUCK = new Set(["refused", "conflict"]);
const KEPT_MS = 7 * 86_400_000;

/** Not with the server in full yet, whether it can still be sent or somebody has to look at it. */
export function isUnsent(record) {
  return !SENT.has(record.state);
}

/** Needs a person: refused, a conflict, or a photo that can't be sent. */
export function isStuck(record) {
  return STUCK.has(record.state) || Boolean(record.problem);
}

export class Outbox {
  /** { sending: record id or null, pause: { reason, until, message } or null } */
  status = { sending: null, pause: null };
  #store;
  #personId;
  #delivery;
  #locks;
  #ready;
  #failures = 0;
  #timer = null;
  #running = null;
  #again = false;
  #listeners = new Set();

  /** `ready` may answer with a Pause before anything is sent, e.g. since another person has signed in. */
  constructor({ store, personId, fetch, locks = globalThis.navigator?.locks, ready = async () => null }) {
    this.#store = store;
    this.#personId = personId;
    this.#delivery = new Delivery({ store, fetch });
    this.#locks = locks;
    this.#ready = ready;
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Send what there is to send, now. Resolves when this pass is over, however it ended. */
  kick() {
    clearTimeout(this.#timer);
    this.#again = true;
    this.#running ??= this.#passes().finally(() => (this.#running = null));
    return this.#running;
  }

  /** The same after a person asked for it: what was given up on is tried again. */
  async retry() {
    for (const record of await this.#store.records(this.#personId)) {
      if (record.problem) await this.#store.updateRecord(record.id, { problem: null, tries: {} });
    }
    return this.kick();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#again = false;
  }

  async #passes() {
    while (this.#again) {
      this.#again = false;
      const pause = await this.#locked(() => this.#pass());
      this.#failures = pause ? this.#failures + 1 : 0;
      this.#tell({ sending: null, pause: pause && this.#later(pause) });
    }
  }

  #later(pause) {
    const wait = Math.max(pause.retryAfter ?? 0, waitMs(this.#failures));
    this.#timer = setTimeout(() => this.kick(), wait);
    this.#timer.unref?.();
    return { reason: pause.reason, message: pause.message, until: Date.now() + wait };
  }

  // Another page holding the lock is not a fault: that page sends. We look again later, it may be closed.
  async #locked(work) {
    if (!this.#locks) return work();
    return this.#locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : new Pause("elsewhere")));
  }

  async #pass() {
    await this.#store.forgetReceived(Date.now() - KEPT_MS);
    const waiting = (await this.#store.records(this.#personId)).filter((record) => isUnsent(record) && !STUCK.has(record.state));
    if (!waiting.length) return null;
    try {
      const pause = await this.#ready();
      if (pause) return pause;
      let leftOver = false;
      for (const record of waiting) leftOver = (await this.#send(record.id)) || leftOver;
      return leftOver ? new Pause("busy") : null;
    } catch (error) {
      if (error instanceof Pause) return error;
      throw error;
    }
  }

  /** True if something is left that another pass can send. */
  async #send(id) {
    const record = await this.#store.record(id);
    if (await this.#waitsForSite(record)) return false;
    this.#tell({ sending: id, pause: null });
    try {
      const now = await this.#delivery.deliver(record);
      return isUnsent(now) && !isStuck(now);
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      const problem = { message: error.message, fields: error.fields };
      await this.#store.updateRecord(id, { state: error.state, problem });
      return false;
    }
  }

  /** A check at a site that this phone reported can't come before the site. */
  async #waitsForSite(record) {
    const site = record.depends_on && (await this.#store.record(record.depends_on));
    return Boolean(site) && isUnsent(site);
  }

  #tell(status) {
    this.status = status;
    for (const listener of this.#listeners) listener(status);
  }
}
