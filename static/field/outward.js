// What looks beyond the phone: the outbox, the bundle's refreshing, the position. The first screen stands without it, and
// it comes right after (decision 0099); no other screen opens before.

import { AppVersion } from "./app-version.js";
import { away } from "./helpers/words.js";
import { Pause } from "./models/asking.js";
import { atWork } from "./models/at-work.js";
import { keepBefore } from "./models/before.js";
import { isGoodLine, ping } from "./models/connection.js";
import { Heartbeat } from "./models/heartbeat.js";
import { Outbox } from "./models/outbox.js";
import { OwnSweeps } from "./models/own-sweeps.js";
import { Quarantine } from "./models/quarantine.js";
import { refreshBundle } from "./models/refresh.js";
import { Whereabouts } from "./models/whereabouts.js";
import { NightWatch } from "./night-watch.js";

const BEAT_AFTER_MS = 4_000;
const REFRESH_MS = 10 * 60_000;
const START_MS = 15_000;
const TAKES_PART = new Set(["enforcer", "inspector", "grid_worker", "township_admin", "dispatcher"]); // sweep.take_part of inspections/access.py

export class Outward {
  whereabouts = new Whereabouts(globalThis.navigator?.geolocation);
  outbox;
  heartbeat;
  version;
  night;
  sweeps;
  #app;
  #connection = { state: "unknown", offset_ms: null, round_trip_ms: null };
  #isSending = false;
  #keeping = null;

  constructor(app) {
    this.#app = app;
    const { store, fetch } = app;
    const quarantine = new Quarantine({ store, fetch, known: async () => ({ keys: await app.serverKeys(), county: app.bundle?.county.code }) });
    const keys = async () => (await app.serverKeys()).receipt ?? [];
    this.outbox = new Outbox({ store, fetch, quarantine, keys, ready: () => this.#mayBeSent(), isGoodLine: () => isGoodLine(this.#connection) });
    this.heartbeat = new Heartbeat({ store, fetch });
    this.night = new NightWatch(app);
    this.sweeps = new OwnSweeps({ shelf: store.sweeps, fetch, tell: () => app.tell() });
    this.version = new AppVersion({ version: app.files, unsent: () => app.unsentCount(), changed: () => app.tell() });
  }

  /** Begins: the bundle is refreshed, the outbox sends, both again whenever there is reason to. */
  start() {
    const app = this.#app;
    let beating;
    app.store.onChange(() => {
      app.tell();
      clearTimeout(beating); // a draft that is begun is told of in time, though nothing is to be sent yet
      beating = setTimeout(() => this.#connection.state !== "offline" && this.#beat(), BEAT_AFTER_MS);
    });
    this.outbox.onChange((status) => {
      app.tell();
      const isOver = this.#isSending && !status.sending;
      if (isOver && (!status.pause || status.pause.reason === "unsigned")) this.refresh(); // keys may have been changed
      this.#isSending = Boolean(status.sending);
    });
    const again = () => document.visibilityState === "visible" && this.#again();
    for (const event of ["online", "pageshow"]) addEventListener(event, again);
    document.addEventListener("visibilitychange", again);
    setInterval(() => this.refresh({ ifOlderMs: REFRESH_MS }), REFRESH_MS);
    this.outbox.kick();
    this.sweeps.load().catch(reportError);
    setInterval(() => this.sweeps.isDue && this.sweeps.refresh().catch(reportError), START_MS);
    this.refresh();
    navigator.storage?.persist?.();
    app.store.sealOld().catch(reportError);
    this.version.start().catch(reportError);
    this.night.start();
  }

  /** How far it is to a site and which way; "" while nobody knows where the phone is. */
  wayTo(site) {
    return away(this.whereabouts.any(), site);
  }

  async refresh({ ifOlderMs = 0 } = {}) {
    const app = this.#app;
    if (app.bundle && ifOlderMs && Date.now() - Date.parse(app.bundle.fetchedAt) < ifOlderMs) return app.bundleState;
    app.bundleState = await refreshBundle(app.store, app.personId, { fetch: app.fetch });
    const isKnown = app.bundleState === "new" || app.bundleState === "same";
    if (isKnown) await app.reread();
    if (isKnown) this.#beat();
    if (isKnown) this.#keepBefore();
    if (isKnown && app.bundle.person.roles.some((role) => TAKES_PART.has(role))) this.sweeps.refresh().catch(reportError);
    app.tell();
    return app.bundleState;
  }

  #again() {
    if (atWork()?.id !== this.#app.personId) return location.reload(); // another page signed out or in
    this.outbox.kick();
    this.refresh({ ifOlderMs: REFRESH_MS });
  }

  async #mayBeSent() {
    const { state, offset_ms, person_id } = (this.#connection = await ping({ fetch: this.#app.fetch }));
    this.#app.tell();
    if (state !== "online") return new Pause(state);
    if (person_id && person_id !== this.#app.personId) return new Pause("signed_out");
    await this.#app.store.keepClockOffset(offset_ms);
    this.#beat();
    return null;
  }

  /** How problems looked before: brought one after the other while nobody waits for it. */
  #keepBefore() {
    const { store, bundle, fetch } = this.#app;
    this.#keeping ??= keepBefore({ store, bundle, fetch }).catch(reportError).finally(() => (this.#keeping = null));
  }

  #beat() {
    this.heartbeat.beat().catch(reportError);
  }
}
