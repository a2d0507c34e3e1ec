// What this phone still holds, told to the dispatcher: so that a phone which loses its data, or its owner, is missed.
// A browser may throw everything away; nobody would know of a draft that was never sent.

import { publicJwk } from "./signature.js";
import { filesWithFate, isUnsent } from "./standing.js";

const EVERY_MS = 5 * 60_000;
const VERSION = "mingcha-phone/2";

export class Heartbeat {
  #store;
  #fetch;
  #storage;
  #toldAt = -Infinity;
  #told = "";

  constructor({ store, fetch, storage = globalThis.navigator?.storage }) {
    Object.assign(this, { version: VERSION });
    this.#store = store;
    this.#fetch = fetch;
    this.#storage = storage;
  }

  /** Tells when something was added or has gone, else every five minutes. To be called when the server answers. */
  async beat(now = Date.now()) {
    const held = await this.#held();
    const key = JSON.stringify([held.unsent.map(({ id }) => id), held.drafts.map(({ id }) => id), held.discarded]);
    if (key === this.#told && now - this.#toldAt < EVERY_MS) return false;
    const body = JSON.stringify({ ...held, storage: await this.#room() });
    const answer = await this.#fetch("/api/v1/field/phone", { method: "POST", body, headers: { "Content-Type": "application/json" }, credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(30_000) }).catch(() => null);
    // A server that doesn't know the address is not asked at every turn.
    if (!answer || (!answer.ok && answer.status !== 404)) return false;
    [this.#told, this.#toldAt] = [key, now];
    if (answer.ok && held.discarded.length) await this.#store.forgetDiscarded(held.discarded);
    return answer.ok;
  }

  async #held() {
    const [device, signing, records, drafts] = await Promise.all([this.#store.device(), this.#store.signingKeys(), this.#store.records(), this.#store.drafts()]);
    return {
      device_id: device.id,
      app_version: this.version,
      signing_key: await publicJwk(signing.publicKey),
      unsent: records.filter(isUnsent).map(described),
      drafts: drafts.map(({ id, site_id, started_at }) => ({ id, site_id, started_at })),
      discarded: await this.#store.discarded(),
    };
  }

  async #room() {
    const [estimate, persisted] = await Promise.all([this.#storage?.estimate?.().catch(() => null), this.#storage?.persisted?.().catch(() => null)]);
    return { persisted: persisted ?? null, usage_bytes: estimate?.usage ?? null, quota_bytes: estimate?.quota ?? null };
  }
}

function described(record) {
  const { id, kind, site_id, finished_at } = record;
  return { id, kind, site_id, finished_at, files_missing: filesWithFate(record).filter(({ fate }) => fate === "missing").length };
}
