// What a phone does whose account was disabled while it was out of reach: it seals what is unsent for the server and
// hands it in without a sign-in, proved by its own key. Everything stays here until a receipt comes; from time to time
// the phone asks what the office decided.

import { Pause, Unacceptable, ask, patienceMs } from "./asking.js";
import { Delivery } from "./delivery.js";
import { makeParcel } from "./parcel.js";
import { sha256 } from "./sha256.js";
import { isAcknowledged, sign } from "./signature.js";

const ADDRESS = "/api/v1/field/quarantine";
const PARCEL_BYTES = 20_000_000; // so much at a time over a line that may break
const TAKEN = new Set(["received", "incomplete"]);

export class Quarantine {
  #store;
  #fetch;
  #known;
  #keys = null;
  #made = null;
  #now;

  /** `known` answers with { keys, county } as the server last told, for when it can't be asked for newer keys. */
  constructor({ store, fetch, known, now = Date.now }) {
    this.#store = store;
    this.#fetch = fetch;
    this.#known = known;
    this.#now = now;
  }

  /**
   * Asks what became of what was sealed, then hands in what of `unsent()` was not. False where the server doesn't say
   * that the account is disabled and the phone this person's: nothing was sent then. Throws Pause.
   */
  async pass(unsent, tell = () => {}) {
    const { keys, county } = await this.#known();
    if (!county) return false;
    this.#keys = null;
    const parcels = await this.#ask(county);
    if (!parcels) return false;
    this.#keys = await this.#newestKeys(keys);
    for (const parcel of parcels.reverse()) await this.#keep(parcel);
    for (const batch of batches((await unsent()).filter(({ sealed }) => !sealed))) {
      tell(batch[0].id);
      await this.#handIn(batch, county);
    }
    return true;
  }

  /** The parcels of this phone, the latest first; null where the server knows no such phone of a disabled account. */
  async #ask(county) {
    const { id, clock_offset_ms } = await this.#store.device();
    const about = { format: "mingcha-question/1", county, person_id: this.#store.personId, device_id: id };
    const body = await this.#question(about, this.#now() + (clock_offset_ms ?? 0));
    if (!body || Array.isArray(body.parcels)) return body?.parcels ?? null;
    const again = await this.#question(about, Date.parse(body.server_time)); // our clock was wrong
    if (again && !Array.isArray(again.parcels)) throw new Pause("captive");
    return again?.parcels ?? null;
  }

  async #question(about, at) {
    if (!Number.isFinite(at)) throw new Pause("captive");
    const question = { ...about, asked_at: new Date(at).toISOString() };
    question.signature = await sign((await this.#store.signingKeys()).privateKey, question);
    try {
      return (await ask(this.#fetch, `${ADDRESS}/question`, { method: "POST", body: JSON.stringify(question), headers: { "Content-Type": "application/json" } })).body;
    } catch (error) {
      if (error instanceof Unacceptable || error.reason === "forbidden") return null;
      throw error;
    }
  }

  /** A key that was changed meanwhile can't come with a bundle any more; who has none is told by anyone. */
  async #newestKeys(known) {
    const { body } = await ask(this.#fetch, "/api/v1/keys", { cache: "no-store" }).catch(() => ({}));
    return Array.isArray(body?.receipt) && body.parcel ? body : known;
  }

  async #handIn(batch, county) {
    const bytes = await this.#sealed(batch, county);
    const options = { method: "POST", body: bytes, headers: { "Content-Type": "application/vnd.mingcha.parcel" }, timeoutMs: patienceMs(bytes.byteLength) };
    try {
      const { body } = await ask(this.#fetch, ADDRESS, options);
      const answered = new Set(Array.isArray(body.records) ? body.records.map(({ id }) => id) : []);
      if (body.sha256 !== (await sha256(bytes)) || !batch.every(({ id }) => answered.has(id))) throw new Pause("captive");
      await this.#keep(body);
      this.#made = null;
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      this.#made = null;
      await this.#refused(batch, county, error);
    }
  }

  /** The same bytes as the last time, where only the answer was lost: they may still be on their way in. */
  async #sealed(batch, county) {
    const serverKey = this.#keys.parcel;
    if (!serverKey) throw new Pause("unsealable");
    const of = [serverKey.key_id, ...batch.map(({ id }) => id)].join();
    if (this.#made?.of === of) return this.#made.bytes;
    const { parts } = await makeParcel(this.#store, batch, { serverKey, county, now: new Date(this.#now()), leavesOut: true });
    const bytes = await new Blob(parts).arrayBuffer();
    this.#made = { of, bytes };
    return bytes;
  }

  /** One of them is to blame: each by itself. It is tried again when a person asks for it. */
  async #refused(batch, county, { message }) {
    if (batch.length > 1) for (const record of batch) await this.#handIn([record], county);
    else await this.#store.updateRecord(batch[0].id, { sealed: { state: "refused", message } });
  }

  /** Writes down what the office says of a parcel, for the records of it that this phone still waits for. */
  async #keep(parcel) {
    if (!(await isAcknowledged(parcel, this.#keys.receipt ?? []))) throw new Pause("unsigned");
    const named = new Set(parcel.records.map(({ id }) => id));
    const sealed = { parcel: parcel.parcel, sha256: parcel.sha256, state: parcel.state, at: parcel.received_at, reason: parcel.reason ?? "" };
    for (const record of await this.#store.records()) {
      if (!named.has(record.id) || record.state === "received" || record.state === "replaced") continue;
      if (record.sealed?.state === "taken" && record.state !== "incomplete") continue;
      if (record.sealed?.parcel === sealed.parcel && record.sealed.state === sealed.state) continue;
      await this.#apply(parcel, record);
      await this.#store.updateRecord(record.id, { sealed });
    }
  }

  /** The receipt, where the office has taken the record in; else what it says is wrong with it. */
  async #apply({ state, results = [], receipts = [] }, record) {
    const result = results.find(({ id }) => id === record.id);
    if (state !== "taken" || !result) return;
    if (!TAKEN.has(result.state)) await this.#store.updateRecord(record.id, { state: result.state, problem: { message: result.message ?? "", fields: {} } });
    else if (record.kind === "check") await this.#delivery().keepReceipt(record, receipts.find(({ check }) => check === record.id));
    else if (record.kind === "visit") await this.#delivery().keepVisitReceipt(record, receipts.find(({ visit }) => visit === record.id));
    else await this.#store.updateRecord(record.id, { state: "received", problem: null, completed_at: new Date(this.#now()).toISOString() });
  }

  #delivery() {
    return new Delivery({ store: this.#store, fetch: this.#fetch, keys: async () => this.#keys.receipt ?? [] });
  }
}

/** Records in parcels of a bearable size; a check travels with the site that the same phone reported. */
function batches(records) {
  const families = new Map();
  for (const record of records) families.set(record.depends_on ?? record.id, [...(families.get(record.depends_on ?? record.id) ?? []), record]);
  const made = [];
  let room = 0;
  for (const family of families.values()) {
    const size = family.reduce((sum, record) => sum + sizeOf(record), 0);
    if (!made.length || size > room) room = made.push([]) && PARCEL_BYTES;
    made.at(-1).push(...family);
    room -= size;
  }
  return made;
}

function sizeOf({ bytes, files }) {
  return files.reduce((sum, file) => sum + (file.size ?? 0), bytes.byteLength);
}
