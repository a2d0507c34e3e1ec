// What is finished leaves the phone in the order in which it was finished, one at a time, from one page only. Nothing
// is believed without a receipt and nothing is deleted because it was sent.

import { waitMs } from "./backoff.js";
import { Pause, Unacceptable } from "./asking.js";
import { handOver, isToDeliver } from "./carrying.js";
import { Delivery } from "./delivery.js";
import { isRefused, isStuck, isUnsent } from "./standing.js";

const LOCK = "mingcha-outbox";
const KEPT_MS = 7 * 86_400_000;
const ASK_AGAIN_MS = 10 * 60_000; // what became of what was sealed
// After how long a receipt is read again: photos are drawn a moment after they came, and only then found damaged.
const LOOK_AGAIN_MS = [6_000, 60_000, 600_000, 3_600_000];

export class Outbox {
  /** { sending: record id or null, pause: { reason, until, message } or null } */
  status = { sending: null, pause: null };
  #store;
  #fetch;
  #delivery;
  #locks;
  #ready;
  #quarantine;
  #askedAt = -Infinity;
  #isDisabled = false;
  #failures = 0;
  #timer = null;
  #running = null;
  #again = false;
  #listeners = new Set();

  /** `ready` may answer with a Pause before anything is sent, e.g. since another person has signed in; `keys` and
   * `isGoodLine`: see Delivery. `quarantine`: where the records of a disabled account go. */
  constructor({ store, fetch, keys, isGoodLine, locks = globalThis.navigator?.locks, ready = async () => null, quarantine = null }) {
    this.#store = store;
    this.#fetch = fetch;
    this.#delivery = new Delivery({ store, fetch, keys, isGoodLine });
    this.#locks = locks;
    this.#ready = ready;
    this.#quarantine = quarantine;
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
    for (const record of await this.#store.records()) {
      if (record.problem) await this.#store.updateRecord(record.id, { problem: null, tries: {} });
      if (record.sealed?.state === "refused") await this.#store.updateRecord(record.id, { sealed: null });
    }
    this.#askedAt = -Infinity;
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
      if (!pause) await this.#lookLater();
    }
  }

  #later(pause) {
    const wait = Math.max(pause.retryAfter ?? 0, waitMs(this.#failures));
    this.#kickIn(wait);
    return { reason: pause.reason, message: pause.message, until: Date.now() + wait };
  }

  async #lookLater() {
    const records = await this.#store.records();
    const waits = records.map((record) => lookAt(record) - Date.now()).filter(Number.isFinite);
    if (waits.length) this.#kickIn(Math.max(Math.min(...waits), 1_000));
  }

  #kickIn(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.kick(), wait);
    this.#timer.unref?.();
  }

  // Another page holding the lock is not a fault: that page sends. We look again later, it may be closed.
  async #locked(work) {
    if (!this.#locks) return work();
    return this.#locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : new Pause("elsewhere")));
  }

  async #pass() {
    await this.#store.forgetReceived(Date.now() - KEPT_MS);
    await this.#store.keepReserve();
    const records = await this.#store.records();
    const waiting = records.filter((record) => isUnsent(record) && !isRefused(record));
    const looks = records.filter((record) => lookAt(record) <= Date.now());
    const carried = (await this.#store.carried()).filter(isToDeliver);
    if (!records.some(isUnsent) && !looks.length && !carried.length) return null;
    try {
      const pause = await this.#ready();
      if (pause) return await this.#sealInstead(pause);
      this.#isDisabled = false;
      let leftOver = false;
      for (const record of waiting) leftOver = (await this.#send(record.id)) || leftOver;
      for (const parcel of carried) await this.#handOver(parcel);
      for (const record of looks) await this.#delivery.lookAgain(record).catch(forgivePause);
      return leftOver ? new Pause("busy") : null;
    } catch (error) {
      if (error instanceof Pause) return error;
      throw error;
    }
  }

  /**
   * Of a disabled account nothing is sent; what is unsent is sealed for the office. Whose sign-in is over is not told
   * why, so the phone asks with its own key.
   */
  async #sealInstead(pause) {
    const isOver = pause.reason === "signed_out" && (this.#isDisabled || Date.now() - this.#askedAt >= ASK_AGAIN_MS);
    if (!this.#quarantine || (pause.reason !== "disabled" && !isOver)) return pause;
    this.#askedAt = Date.now();
    const unsent = async () => (await this.#store.records()).filter(isUnsent);
    this.#isDisabled = await this.#quarantine.pass(unsent, (id) => this.#tell({ sending: id, pause: null }));
    if (this.#isDisabled) return (await unsent()).length ? new Pause("disabled", ASK_AGAIN_MS) : null;
    return pause.reason === "disabled" ? new Pause("unproven", ASK_AGAIN_MS) : pause;
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

  async #handOver(parcel) {
    try {
      await handOver(this.#store, this.#fetch, parcel);
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      await this.#store.saveCarried({ ...parcel, state: "refused", answer: { author: null, results: [], message: error.message } });
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

/** When the receipt of a received check is to be read again, in milliseconds since 1970; Infinity for never. */
function lookAt({ kind, state, files, looks, looked_at }) {
  const wait = LOOK_AGAIN_MS[looks];
  return kind === "check" && state === "received" && files.length && wait ? looked_at + wait : Infinity;
}

// A look is only a look: the signal may have gone, the next one will tell.
function forgivePause(error) {
  if (!(error instanceof Pause || error instanceof Unacceptable)) throw error;
}
