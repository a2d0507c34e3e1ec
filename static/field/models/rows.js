// One store of sealed rows: what goes in is a value with an id (and bytes, perhaps), what lies there can be read by
// its owner alone. Rows of the first schema lie there as they are; they are read, and sealed when next written.

import { areEqual } from "./frames.js";

// What is said of a row without opening it: where it belongs and in which order.
const PLAIN = { drafts: [], records: ["sequence"], photos: ["owner"], thumbs: ["owner"], nights: [], lines: ["sequence"], sweeps: [] };
const CACHED = new Set(["drafts", "records"]);

export class Rows {
  #store;
  #database;
  #vault;
  #personId;
  #opened = new Map();

  constructor(store, database, vault, personId) {
    this.#store = store;
    this.#database = database;
    this.#vault = vault;
    this.#personId = personId;
  }

  /** The value of an id; undefined where there is none or it is another person's. */
  async get(id) {
    const row = await this.#database.get(this.#store, id);
    return row && (await this.#isOurs(row)) ? this.#value(row) : undefined;
  }

  /** All of this person's values. A row that can't be opened any more is left where it is, and left out. */
  async all() {
    const rows = await this.#database.all(this.#store);
    const found = await Promise.all(rows.map(async (row) => ((await this.#isOurs(row)) ? this.#value(row).catch(reportLost) : null)));
    return found.filter(Boolean);
  }

  /** The row of a value, to be put in by a transaction. */
  sealed({ bytes, ...value }) {
    const plain = Object.fromEntries(["id", ...PLAIN[this.#store]].map((name) => [name, value[name]]));
    if (bytes !== undefined && !(bytes instanceof ArrayBuffer)) throw new DOMException("bytes are an ArrayBuffer", "DataCloneError");
    return this.#vault.sealed(this.#store, plain, { value, has_bytes: bytes !== undefined }, bytes);
  }

  /** Puts `change(value)` in the place of the value, again until nobody else has changed it meanwhile. */
  async change(id, change) {
    for (;;) {
      const before = await this.#database.get(this.#store, id);
      const now = change(await this.#value(before));
      const row = await this.sealed(now);
      if (await this.#replace(before, row)) return now;
    }
  }

  /** Whether the row lies on the disk as it was put there, and opens. */
  async isKept(row) {
    const kept = await this.#database.get(this.#store, row.id);
    if (!kept?.sealed || !areEqual(kept.sealed, row.sealed)) return false;
    return this.#vault.opened(this.#store, kept).then(() => true, () => false);
  }

  async sealOld() {
    const ids = await this.#database.read([this.#store], (tx) => tx.objectStore(this.#store).getAllKeys());
    let count = 0;
    for (const id of ids) {
      const row = await this.#database.get(this.#store, id);
      if (!row || row.sealed || !(await this.#isOurs(row))) continue;
      if (await this.#replace(row, await this.sealed(row))) count++;
    }
    return count;
  }

  #replace(before, row) {
    return this.#database.write([this.#store], async (tx) => {
      const store = tx.objectStore(this.#store);
      const kept = await store.get(row.id);
      if (!kept || !isSame(kept, before)) return false;
      await store.put(row);
      return true;
    });
  }

  async #value(row) {
    if (!row.sealed) return row;
    const known = this.#opened.get(row.id);
    if (known && areEqual(known.stamp, stamp(row))) return { ...known.value };
    const { header, bytes } = await this.#vault.opened(this.#store, row);
    const plain = Object.fromEntries(PLAIN[this.#store].map((name) => [name, row[name]]));
    const value = { ...header.value, ...plain, ...(header.has_bytes && { bytes }) };
    if (CACHED.has(this.#store)) this.#opened.set(row.id, { stamp: stamp(row), value });
    return { ...value };
  }

  /** A plain photo names only its draft or record; whose that is says whose the photo is. */
  async #isOurs(row) {
    if (row.person_id) return row.person_id === this.#personId;
    for (const store of ["drafts", "records"]) {
      const owner = await this.#database.get(store, row.owner);
      if (owner) return owner.person_id === this.#personId;
    }
    return false;
  }
}

// The first bytes are the chance that a row was sealed with: never twice the same.
function stamp(row) {
  return new Uint8Array(row.sealed).slice(0, 12);
}

function isSame(one, other) {
  if (one.sealed && other.sealed) return areEqual(stamp(one), stamp(other));
  return !one.sealed && !other.sealed && JSON.stringify(one) === JSON.stringify(other);
}

function reportLost(error) {
  globalThis.reportError?.(error);
  return null;
}
