// What is kept on the phone. One transaction for what belongs together, written through to the disk before it is
// called saved. Photo bytes are ArrayBuffers: Safari loses Blobs. A connection that iOS closes is opened again.
//
//   drafts    checks not finished       id → draft (see draft.js)
//   records   finished, frozen          id → { kind: "check" | "site", bytes, sha256, sequence, state, receipt, … }
//   photos    bytes of photos           id → { id, owner, bytes }    owner: the draft, later the record of that id
//   thumbs    small pictures to show    id → { id, owner, bytes, type }
//   bundles   what a person works with  person id → { etag, fetched_at, body }
//   settings  "device" → { id, sequence, clock_offset_ms }

import { openDB } from "../../vendor/idb/index.js";
import { uuid7 } from "./uuid7.js";

const NAME = "mingcha-field";
const TRIES = 3;
// Step n leads from schema n to n + 1. A step adds; it never drops a store, since a full queue may stand in it.
export const UPGRADES = [
  (db) => {
    for (const name of ["drafts", "records"]) db.createObjectStore(name, { keyPath: "id" });
    for (const name of ["photos", "thumbs"]) db.createObjectStore(name, { keyPath: "id" }).createIndex("owner", "owner");
    db.createObjectStore("bundles", { keyPath: "person_id" });
    db.createObjectStore("settings", { keyPath: "key" });
  },
];

export class Store {
  #name;
  #opening = null;
  #listeners = new Set();

  constructor(name = NAME) {
    this.#name = name;
  }

  /** Calls `listener` after every change made through this store; returns what stops it. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async device() {
    const known = await this.#read(["settings"], (tx) => tx.objectStore("settings").get("device"));
    if (known) return known;
    return this.#write(["settings"], async (tx) => {
      const settings = tx.objectStore("settings");
      const known = await settings.get("device");
      if (known) return known;
      const made = { key: "device", id: uuid7(), sequence: 0, clock_offset_ms: null };
      await settings.put(made);
      return made;
    });
  }

  async keepClockOffset(clock_offset_ms) {
    const device = await this.device();
    if (device.clock_offset_ms !== null && Math.abs(device.clock_offset_ms - clock_offset_ms) < 1000) return;
    await this.#write(["settings"], async (tx) => {
      const settings = tx.objectStore("settings");
      await settings.put({ ...(await settings.get("device")), clock_offset_ms });
    });
  }

  draft(id) {
    return this.#read(["drafts"], (tx) => tx.objectStore("drafts").get(id));
  }

  /** The person's drafts, the latest first. */
  async drafts(personId) {
    const all = await this.#read(["drafts"], (tx) => tx.objectStore("drafts").getAll());
    return all.filter((draft) => draft.person_id === personId).sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  /** The draft, and new photos' bytes [{ id, bytes }] with it, or neither. */
  async saveDraft(draft, photos = []) {
    await this.#write(["drafts", "photos"], async (tx) => {
      for (const { id, bytes } of photos) await tx.objectStore("photos").put({ id, owner: draft.id, bytes });
      await tx.objectStore("drafts").put(draft);
    });
    this.#changed();
  }

  /** The draft without one of its photos. */
  async dropPhoto(draft, photoId) {
    await this.#write(["drafts", "photos", "thumbs"], async (tx) => {
      await tx.objectStore("photos").delete(photoId);
      await tx.objectStore("thumbs").delete(photoId);
      await tx.objectStore("drafts").put(draft);
    });
    this.#changed();
  }

  async discardDraft(id) {
    await this.#write(["drafts", "photos", "thumbs"], async (tx) => {
      await tx.objectStore("drafts").delete(id);
      await deleteOwned(tx, id);
    });
    this.#changed();
  }

  async photo(id) {
    return (await this.#read(["photos"], (tx) => tx.objectStore("photos").get(id)))?.bytes ?? null;
  }

  thumb(id) {
    return this.#read(["thumbs"], (tx) => tx.objectStore("thumbs").get(id));
  }

  saveThumb(thumb) {
    return this.#write(["thumbs"], (tx) => tx.objectStore("thumbs").put(thumb));
  }

  /**
   * Puts the record in the outbox and takes its draft away, at once or not at all. False, and nothing is done, where
   * another page has used the sequence number meanwhile or the draft is no longer there.
   */
  async freeze(record, draftId = null) {
    const done = await this.#write(["drafts", "records", "settings"], async (tx) => {
      const settings = tx.objectStore("settings");
      const device = await settings.get("device");
      if (device.sequence !== record.sequence - 1) return false;
      if (draftId && !(await tx.objectStore("drafts").get(draftId))) return false;
      await settings.put({ ...device, sequence: record.sequence });
      await tx.objectStore("records").put(record);
      if (draftId) await tx.objectStore("drafts").delete(draftId);
      return true;
    });
    this.#changed();
    return done;
  }

  record(id) {
    return this.#read(["records"], (tx) => tx.objectStore("records").get(id));
  }

  /** The person's records in the order of their sequence numbers; clocks can be set back, the number can't. */
  async records(personId) {
    const all = await this.#read(["records"], (tx) => tx.objectStore("records").getAll());
    return all.filter((record) => record.person_id === personId).sort((a, b) => a.sequence - b.sequence);
  }

  /** Changes some fields of a record, never its bytes; returns it as it then is. */
  async updateRecord(id, changes) {
    const now = await this.#write(["records"], async (tx) => {
      const records = tx.objectStore("records");
      const known = await records.get(id);
      const { bytes, sha256, sequence } = known;
      const changed = { ...known, ...changes, id, bytes, sha256, sequence };
      await records.put(changed);
      return changed;
    });
    this.#changed();
    return now;
  }

  /** A refused record becomes a draft again, under the draft's new id; the refused one stays as it was sent. */
  async reopen(recordId, draft) {
    await this.#write(["drafts", "records", "photos", "thumbs"], async (tx) => {
      const records = tx.objectStore("records");
      await records.put({ ...(await records.get(recordId)), state: "replaced", replaced_by: draft.id });
      for (const name of ["photos", "thumbs"]) {
        const store = tx.objectStore(name);
        for (const kept of await store.index("owner").getAll(recordId)) await store.put({ ...kept, owner: draft.id });
      }
      await tx.objectStore("drafts").put(draft);
    });
    this.#changed();
  }

  /** Frees the photo bytes of records that the server has had in full since before `instant`. */
  async forgetReceived(instant) {
    return this.#write(["records", "photos", "thumbs"], async (tx) => {
      const records = tx.objectStore("records");
      const old = (await records.getAll()).filter((record) => isSafe(record) && Date.parse(record.completed_at) < instant);
      for (const record of old) {
        await deleteOwned(tx, record.id, ["photos"]);
        await records.put({ ...record, is_freed: true });
      }
      return old.length;
    });
  }

  bundle(personId) {
    return this.#read(["bundles"], (tx) => tx.objectStore("bundles").get(personId));
  }

  async saveBundle(bundle) {
    await this.#write(["bundles"], (tx) => tx.objectStore("bundles").put(bundle));
    this.#changed();
  }

  /** Who works here now sees nothing of who worked here before; what that person has not sent stays. */
  async dropOtherBundles(personId) {
    const kept = await this.#read(["bundles"], (tx) => tx.objectStore("bundles").getAllKeys());
    for (const key of kept) if (key !== personId) await this.dropBundle(key);
  }

  dropBundle(personId) {
    return this.#write(["bundles"], (tx) => tx.objectStore("bundles").delete(personId));
  }

  async close() {
    (await this.#opening)?.close();
    this.#opening = null;
  }

  #read(names, work) {
    return this.#transact(names, "readonly", {}, work);
  }

  #write(names, work) {
    return this.#transact(names, "readwrite", { durability: "strict" }, work);
  }

  async #transact(names, mode, options, work) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once((await this.#open()).transaction(names, mode, options), work);
      } catch (error) {
        if (attempt === TRIES || !["InvalidStateError", "UnknownError"].includes(error?.name)) throw error;
        this.#opening = null;
      }
    }
  }

  #open() {
    const forget = () => (this.#opening = null);
    this.#opening ??= openDB(this.#name, UPGRADES.length, {
      upgrade: (db, from) => UPGRADES.slice(from).forEach((step) => step(db)),
      // Another page wants a newer schema, or iOS took the connection: the next use opens it again.
      blocking: (_, __, event) => forget() ?? event.target.close(),
      terminated: forget,
    });
    this.#opening.catch(forget);
    return this.#opening;
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}

async function once(tx, work) {
  const done = tx.done;
  done.catch(() => {}); // what `work` throws says more
  try {
    const result = await work(tx);
    await done;
    return result;
  } catch (error) {
    try {
      tx.abort();
    } catch {
      // It is over already.
    }
    throw tx.error ?? error;
  }
}

async function deleteOwned(tx, owner, names = ["photos", "thumbs"]) {
  for (const name of names) {
    const store = tx.objectStore(name);
    for (const key of await store.index("owner").getAllKeys(owner)) await store.delete(key);
  }
}

function isSafe(record) {
  return record.state === "received" && record.receipt?.state === "received" && !record.is_freed;
}
