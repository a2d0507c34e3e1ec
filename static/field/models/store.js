// What is kept on the phone. One transaction for what belongs together, written through to the disk and read back
// before it is called saved. Photo bytes are ArrayBuffers: Safari loses Blobs. All that a person made is sealed with
// the person's key (vault.js); rows of the first schema stand there unsealed until they are next written.
//
//   drafts    checks not finished       id → draft (see draft.js)
//   records   finished, frozen          id → { kind: "check" | "site", bytes, sha256, sequence, state, receipt, … }
//   photos    bytes of photos           id → { id, owner, bytes }    owner: the draft, later the record of that id
//   thumbs    small pictures to show    id → { id, owner, bytes, type }
//   bundles   what a person works with  person id → { etag, fetched_at, body }
//   carried   parcels of others         id → { id, carrier_id, bytes, … }
//   sweeps    joint sweeps of a team    id → see own-sweeps.js
//   settings  "device" → { id, sequence, clock_offset_ms }

import { Database } from "./database.js";
import { areEqual } from "./frames.js";
import { Rows } from "./rows.js";
import { Vault } from "./vault.js";

/** The disk says that it kept something, and gives back something else. */
export class NotKept extends Error {
  name = "NotKept";
}

export class Store {
  personId;
  #database;
  #vault;
  #drafts;
  #records;
  #photos;
  #thumbs;
  #listeners = new Set();

  /** `kept`: a database or the name of one. */
  constructor(personId, kept = undefined) {
    this.personId = personId;
    this.#database = kept instanceof Database ? kept : new Database(kept);
    this.#vault = new Vault(this.#database, personId);
    const rows = (store) => new Rows(store, this.#database, this.#vault, personId);
    [this.#drafts, this.#records, this.#photos, this.#thumbs] = ["drafts", "records", "photos", "thumbs"].map(rows);
  }

  /** Calls `listener` after every change made through this store; returns what stops it. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The key pair this person signs parcels with on this phone. */
  async signingKeys() {
    return (await this.#vault.keys()).signing;
  }

  async device() {
    const known = await this.#database.get("settings", "device");
    if (known) return known;
    const { uuid7 } = await import("./uuid7.js"); // once on a phone
    return this.#database.write(["settings"], async (tx) => {
      const settings = tx.objectStore("settings");
      const known = await settings.get("device");
      if (known) return known;
      const made = { key: "device", id: uuid7(), sequence: 0, clock_offset_ms: null };
      await settings.put(made);
      return made;
    });
  }

  /** `offset_ms`: the server's clock less the phone's, learnt just now. */
  async keepClockOffset(offset_ms, now = Date.now()) {
    await this.device();
    await this.#database.write(["settings"], async (tx) => {
      const settings = tx.objectStore("settings");
      const known = await settings.get("device");
      const isSame = known.clock_offset_ms !== null && Math.abs(known.clock_offset_ms - offset_ms) < 1000;
      const clock_offset_ms = isSame ? known.clock_offset_ms : offset_ms;
      await settings.put({ ...known, clock_offset_ms, clock_offset_at: new Date(now).toISOString() });
    });
  }

  draft(id) {
    return this.#drafts.get(id);
  }

  /** The person's drafts, the latest first. */
  async drafts() {
    const finished = new Set((await this.#records.all()).map(({ id }) => id)); // the page died before the draft went
    const open = (await this.#drafts.all()).filter(({ id }) => !finished.has(id));
    return open.sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  /** The draft, and new photos' bytes [{ id, bytes }] with it, or neither. Rejects where they can't be read back. */
  async saveDraft(draft, photos = []) {
    const row = await this.#drafts.sealed(draft);
    const sealed = await Promise.all(photos.map(({ id, bytes }) => this.#photos.sealed({ id, owner: draft.id, bytes })));
    await this.#database.write(["drafts", "photos"], async (tx) => {
      for (const photo of sealed) await tx.objectStore("photos").put(photo);
      await tx.objectStore("drafts").put(row);
    }, { isBulk: photos.length > 0 });
    await this.#mustBeKept(this.#drafts, row);
    for (const photo of sealed) await this.#mustBeKept(this.#photos, photo);
    this.#changed();
  }

  /** The draft without one of its photos. */
  async dropPhoto(draft, photoId) {
    const row = await this.#drafts.sealed(draft);
    await this.#database.write(["drafts", "photos", "thumbs"], async (tx) => {
      await tx.objectStore("photos").delete(photoId);
      await tx.objectStore("thumbs").delete(photoId);
      await tx.objectStore("drafts").put(row);
    });
    this.#changed();
  }

  async discardDraft(id) {
    if (!(await this.#drafts.get(id))) return;
    await this.#database.write(["drafts", "photos", "thumbs", "settings"], async (tx) => {
      await tx.objectStore("drafts").delete(id);
      await deleteOwned(tx, id);
      const { ids = [] } = (await tx.objectStore("settings").get(this.#discardedKey)) ?? {};
      await tx.objectStore("settings").put({ key: this.#discardedKey, ids: [...ids, id].slice(-500) });
    });
    this.#changed();
  }

  /** Drafts that were thrown away on purpose, until the server has been told: nobody need miss them. */
  async discarded() {
    return (await this.#database.get("settings", this.#discardedKey))?.ids ?? [];
  }

  async forgetDiscarded(told) {
    await this.#database.write(["settings"], async (tx) => {
      const { ids = [] } = (await tx.objectStore("settings").get(this.#discardedKey)) ?? {};
      await tx.objectStore("settings").put({ key: this.#discardedKey, ids: ids.filter((id) => !told.includes(id)) });
    });
  }

  async photo(id) {
    return (await this.#photos.get(id).catch(() => null))?.bytes ?? null;
  }

  thumb(id) {
    return this.#thumbs.get(id);
  }

  async saveThumb(thumb) {
    const row = await this.#thumbs.sealed(thumb);
    await this.#database.write(["thumbs"], (tx) => tx.objectStore("thumbs").put(row), { isBulk: true });
  }

  /** The small picture of a photo that another check took, kept for the person; undefined where there is none. */
  before(photoId) {
    return this.#thumbs.get(this.#beforeKey(photoId));
  }

  saveBefore(photoId, bytes, type) {
    return this.saveThumb({ id: this.#beforeKey(photoId), owner: this.#beforeKey(""), bytes, type });
  }

  /** Ids of the photos whose pictures `saveBefore` has kept. */
  async keptBefore() {
    const start = this.#beforeKey("");
    const keys = await this.#database.read(["thumbs"], (tx) => tx.objectStore("thumbs").index("owner").getAllKeys(start));
    return new Set(keys.map((key) => key.slice(start.length)));
  }

  async forgetBefore(photoIds) {
    if (!photoIds.length) return;
    await this.#database.write(["thumbs"], async (tx) => {
      for (const id of photoIds) await tx.objectStore("thumbs").delete(this.#beforeKey(id));
    });
  }

  /**
   * Puts the record in the outbox; its draft goes when the record has been read back, and not before. False, and
   * nothing is done, where another page has used the sequence number meanwhile or the draft is no longer there.
   * Rejects, with the draft where it was, if a photo of the manifest is not on the phone or the record not readable.
   */
  async freeze(record, draftId = null) {
    const row = await this.#records.sealed(record);
    const done = await this.#database.write(["drafts", "records", "settings", "photos"], (tx) => putInQueue(tx, row, record, draftId));
    if (!done) return false;
    if (!(await this.#records.isKept(row))) {
      await this.#database.write(["records"], (tx) => tx.objectStore("records").delete(row.id));
      throw new NotKept(row.id);
    }
    if (draftId) await this.#database.write(["drafts"], (tx) => tx.objectStore("drafts").delete(draftId));
    this.#changed();
    return true;
  }

  record(id) {
    return this.#records.get(id);
  }

  /** The person's records in the order of their sequence numbers; clocks can be set back, the number can't. */
  async records() {
    return (await this.#records.all()).sort((a, b) => a.sequence - b.sequence);
  }

  /** Changes some fields of a record, never its bytes; returns it as it then is. */
  async updateRecord(id, changes) {
    const now = await this.#records.change(id, (known) => {
      const { bytes, sha256, sequence } = known;
      return { ...known, ...changes, id, bytes, sha256, sequence };
    });
    this.#changed();
    return now;
  }

  /** A refused record becomes a draft again, under the draft's new id; the refused one stays as it was sent. */
  async reopen(recordId, draft) {
    const old = await this.#records.get(recordId);
    const record = await this.#records.sealed({ ...old, state: "replaced", replaced_by: draft.id });
    const row = await this.#drafts.sealed(draft);
    await this.#database.write(["drafts", "records", "photos", "thumbs"], async (tx) => {
      await tx.objectStore("records").put(record);
      for (const name of ["photos", "thumbs"]) {
        const store = tx.objectStore(name);
        for (const kept of await store.index("owner").getAll(recordId)) await store.put({ ...kept, owner: draft.id });
      }
      await tx.objectStore("drafts").put(row);
    });
    this.#changed();
  }

  /** Frees the photo bytes of records that the server has had in full since before `instant`. */
  async forgetReceived(instant) {
    const old = (await this.records()).filter((record) => isSafe(record) && Date.parse(record.completed_at) < instant);
    for (const record of old) {
      await this.#database.write(["photos"], (tx) => deleteOwned(tx, record.id, ["photos"]));
      await this.updateRecord(record.id, { is_freed: true });
    }
    return old.length;
  }

  /** Seals what an earlier version left in plain: drafts, records, then photo by photo. Says how many there were. */
  async sealOld() {
    let count = 0;
    for (const rows of [this.#drafts, this.#records, this.#photos, this.#thumbs]) count += await rows.sealOld();
    return count;
  }

  /** Sets room aside for words; nothing is done, and nobody is told, where there is none left. */
  keepReserve() {
    return this.#database.keepReserve().catch(() => {});
  }

  /** Parcels of colleagues that this person has taken along, the oldest first. */
  async carried() {
    return (await this.#database.all("carried")).filter(({ carrier_id }) => carrier_id === this.personId).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A parcel is sealed for the server already; it is kept as it came. */
  async saveCarried(parcel) {
    await this.#database.write(["carried"], (tx) => tx.objectStore("carried").put({ ...parcel, carrier_id: this.personId }), { isBulk: true });
    const kept = await this.#database.get("carried", parcel.id);
    if (!kept || !areEqual(kept.bytes, parcel.bytes)) throw new NotKept(`parcel ${parcel.id}`);
    this.#changed();
  }

  /** The person's joint sweeps: `all()`, `put(value)`, `drop(id)`. */
  get sweeps() {
    const rows = new Rows("sweeps", this.#database, this.#vault, this.personId);
    const write = async (work) => {
      await this.#database.write(["sweeps"], (tx) => work(tx.objectStore("sweeps")));
      this.#changed();
    };
    return {
      all: () => rows.all(),
      put: async (value) => {
        const row = await rows.sealed(value);
        await write((store) => store.put(row));
      },
      drop: (id) => write((store) => store.delete(id)),
    };
  }

  bundle(personId) {
    return this.#database.get("bundles", personId);
  }

  async saveBundle(bundle) {
    await this.#database.write(["bundles"], (tx) => tx.objectStore("bundles").put(bundle), { isBulk: true });
    this.#changed();
  }

  /** Who works here now sees nothing of who worked here before; what that person has not sent stays. */
  async dropOtherBundles(personId) {
    for (const key of await this.#database.keys("bundles")) if (key !== personId) await this.dropBundle(key);
  }

  dropBundle(personId) {
    return this.#database.write(["bundles", "thumbs"], async (tx) => {
      await tx.objectStore("bundles").delete(personId);
      await deleteOwned(tx, `before ${personId} `, ["thumbs"]);
    });
  }

  close() {
    return this.#database.close();
  }

  #beforeKey(photoId) {
    return `before ${this.personId} ${photoId}`;
  }

  get #discardedKey() {
    return `discarded ${this.personId}`;
  }

  async #mustBeKept(rows, row) {
    if (!(await rows.isKept(row))) throw new NotKept(row.id);
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}

async function putInQueue(tx, row, record, draftId) {
  const [settings, records, drafts, photos] = ["settings", "records", "drafts", "photos"].map((name) => tx.objectStore(name));
  const device = await settings.get("device");
  if (device.sequence !== record.sequence - 1 || (await records.getKey(row.id))) return false;
  if (draftId && !(await drafts.getKey(draftId))) return false;
  for (const { id } of record.files) if (!(await photos.getKey(id))) throw new NotKept(id);
  await settings.put({ ...device, sequence: record.sequence });
  await records.put(row);
  return true;
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
