// What all screens share: the store, the bundle, the outbox, the connection, the position, and who is working.

import { t } from "../helpers/i18n.js";
import { AppVersion } from "./app-version.js";
import { atWork } from "./models/at-work.js";
import { Bundle, refreshBundle } from "./models/bundle.js";
import { isGoodLine, ping } from "./models/connection.js";
import { Pause } from "./models/asking.js";
import { newDraft } from "./models/draft.js";
import { Heartbeat } from "./models/heartbeat.js";
import { Outbox, isUnsent } from "./models/outbox.js";
import { Quarantine, isSealed } from "./models/quarantine.js";
import { Store } from "./models/store.js";
import { Whereabouts } from "./models/whereabouts.js";

const BEAT_AFTER_MS = 4_000;
const PLATE_MS = 10 * 60_000; // a plate that was scanned belongs to the check that is begun there and then
const REFRESH_MS = 10 * 60_000;

export class App {
  bundle = null;
  connection = { state: "unknown", offset_ms: null, round_trip_ms: null };
  bundleState = "unknown";
  plate = null;
  #listeners = new Set();
  #told = false;
  #isSending = false;
  #name;
  #role;

  /** `name` and `role` are the server's words, if it has written the page just now; else they are in the bundle. */
  constructor({ person, name, role, language, version, go, store = new Store(person), fetch = (...all) => globalThis.fetch(...all) }) {
    Object.assign(this, { personId: person, language: language?.startsWith("en") ? "en" : "zh", go, store, fetch });
    [this.#name, this.#role] = [name, role];
    this.version = new AppVersion({ version, unsent: () => this.unsentCount(), changed: () => this.#tell() });
    this.whereabouts = new Whereabouts(globalThis.navigator?.geolocation);
    const quarantine = new Quarantine({ store, fetch, known: async () => ({ keys: await this.serverKeys(), county: this.bundle?.county.code }) });
    const keys = async () => (await this.serverKeys()).receipt ?? [];
    this.outbox = new Outbox({ store, fetch, quarantine, keys, ready: () => this.#mayBeSent(), isGoodLine: () => isGoodLine(this.connection) });
    this.heartbeat = new Heartbeat({ store, fetch });
  }

  get personName() {
    return this.#name ?? this.bundle?.person.name ?? "";
  }

  get roleName() {
    return this.#role ?? this.bundle?.person.role_names?.join(t("、")) ?? "";
  }

  /** Opens what is kept; rejects where the browser refuses to keep anything. What others worked with is forgotten. */
  async open() {
    await this.store.device();
    await this.store.dropOtherBundles(this.personId);
    await this.#readBundle();
  }

  /** Begins to look outwards: the bundle is refreshed, the outbox sends, both again whenever there is reason to. */
  start() {
    let beating;
    this.store.onChange(() => {
      this.#tell();
      clearTimeout(beating); // a draft that is begun is told of in time, though nothing is to be sent yet
      beating = setTimeout(() => this.connection.state !== "offline" && this.#beat(), BEAT_AFTER_MS);
    });
    this.outbox.onChange((status) => {
      this.#tell();
      const isOver = this.#isSending && !status.sending;
      if (isOver && (!status.pause || status.pause.reason === "unsigned")) this.refresh(); // keys may have been changed
      this.#isSending = Boolean(status.sending);
    });
    const again = () => {
      if (document.visibilityState !== "visible") return;
      if (atWork()?.id !== this.personId) return location.reload(); // another page signed out or in
      this.outbox.kick();
      this.refresh({ ifOlderMs: REFRESH_MS });
    };
    addEventListener("online", again);
    addEventListener("pageshow", again);
    document.addEventListener("visibilitychange", again);
    setInterval(() => this.refresh({ ifOlderMs: REFRESH_MS }), REFRESH_MS);
    this.outbox.kick();
    this.refresh();
    navigator.storage?.persist?.();
    this.store.sealOld().catch(reportError);
    this.version.start().catch(reportError);
  }

  /** Calls `listener` when anything kept or its way out has changed, at most once a frame; returns what stops it. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh({ ifOlderMs = 0 } = {}) {
    if (this.bundle && ifOlderMs && Date.now() - Date.parse(this.bundle.fetchedAt) < ifOlderMs) return this.bundleState;
    this.bundleState = await refreshBundle(this.store, this.personId, { fetch: this.fetch });
    if (this.bundleState === "new" || this.bundleState === "same") await this.#readBundle();
    if (this.bundleState === "new" || this.bundleState === "same") this.#beat();
    this.#tell();
    return this.bundleState;
  }

  /** { receipt: [{ key_id, jwk }], parcel: { key_id, jwk } } as the server last told; {} from one that has none. */
  async serverKeys() {
    return (await this.store.bundle(this.personId))?.body?.keys ?? {};
  }

  /** How many records are not with the server; `exported: false`: and in no exported file nor sealed at the office. */
  async unsentCount({ exported = true } = {}) {
    return (await this.store.records()).filter((record) => isUnsent(record) && (exported || !(record.exported_at || isSealed(record)))).length;
  }

  /** A new draft at a site, saved, and its address. */
  async startCheck(site, { task = null, kind } = {}) {
    const drafts = await this.store.drafts();
    const begun = drafts.find((draft) => draft.site_id === site.id && draft.task_id === (task?.id ?? null) && !draft.site_report);
    if (begun) return this.go(`/m/check/${begun.id}`);
    const isFresh = this.plate?.site_id === site.id && Date.now() - Date.parse(this.plate.at) < PLATE_MS;
    const draft = newDraft({ plate: isFresh ? this.plate : null, personId: this.personId, site, task, kind, checklist: this.bundle.checklists[0] ?? null });
    await this.store.saveDraft(draft);
    return this.go(`/m/check/${draft.id}`);
  }

  /** What was finished here shows in the bundle at once: a new site, a task that is done. */
  async reread() {
    await this.#readBundle();
    this.#tell();
  }

  async #mayBeSent() {
    this.connection = await ping({ fetch: this.fetch });
    this.#tell();
    const { state, offset_ms, person_id } = this.connection;
    if (state !== "online") return new Pause(state);
    if (person_id && person_id !== this.personId) return new Pause("signed_out");
    await this.store.keepClockOffset(offset_ms);
    this.#beat();
    return null;
  }

  #beat() {
    this.heartbeat.beat().catch(reportError);
  }

  async #readBundle() {
    const kept = await this.store.bundle(this.personId);
    this.bundle = kept ? new Bundle(kept, await this.store.records()) : null;
  }

  #tell() {
    if (this.#told) return;
    this.#told = true;
    requestAnimationFrame(() => {
      this.#told = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
