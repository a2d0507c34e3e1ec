// The phone's database: its schema, transactions that are written through to the disk, a connection that is opened
// again when iOS has closed it.

import { openDB } from "../../vendor/idb/index.js";

const NAME = "mingcha-field";
const TRIES = 3;
const RESERVE = "reserve";
const RESERVE_BYTES = 2 ** 21;
const NOISE_BYTES = 65_536; // as much as is given at a time
// Step n leads from schema n to n + 1. A step adds; it never drops a store, since a full queue may stand in it.
export const UPGRADES = [
  (db) => {
    for (const name of ["drafts", "records"]) db.createObjectStore(name, { keyPath: "id" });
    for (const name of ["photos", "thumbs"]) db.createObjectStore(name, { keyPath: "id" }).createIndex("owner", "owner");
    db.createObjectStore("bundles", { keyPath: "person_id" });
    db.createObjectStore("settings", { keyPath: "key" });
  },
  (db) => {
    db.createObjectStore("keys", { keyPath: "person_id" });
    db.createObjectStore("carried", { keyPath: "id" });
  },
  (db) => {
    for (const name of ["nights", "lines", "sweeps"]) db.createObjectStore(name, { keyPath: "id" });
  },
];

export class Database {
  #name;
  #opening = null;
  #ahead = null;

  constructor(name = NAME) {
    this.#name = name;
  }

  /** One row, or undefined. */
  get(store, key) {
    return this.#answer(`row ${key} of ${store}`, store, (from) => from.get(key));
  }

  all(store) {
    return this.#answer(`rows of ${store}`, store, (from) => from.getAll());
  }

  keys(store) {
    return this.#answer(`keys of ${store}`, store, (from) => from.getAllKeys());
  }

  /**
   * Reads in one transaction what is about to be asked for: { store: [keys] }, without keys all rows. Until `forgetAhead`, or
   * the first write, the answers are those.
   */
  readAhead(wanted) {
    const reading = this.read(Object.keys(wanted), async (tx) => {
      const found = Object.entries(wanted).flatMap(([store, keys]) => {
        const from = tx.objectStore(store);
        const rows = keys.map((key) => [`row ${key} of ${store}`, from.get(key)]);
        return [[`keys of ${store}`, from.getAllKeys()], ...(keys.length ? rows : [[`rows of ${store}`, from.getAll()]])];
      });
      return new Map(await Promise.all(found.map(async ([question, answer]) => [question, await answer])));
    });
    this.#ahead = reading.catch(() => null); // what goes wrong here goes wrong again where somebody waits for it
  }

  forgetAhead() {
    this.#ahead = null;
  }

  async #answer(question, store, work) {
    const ahead = await this.#ahead;
    return ahead?.has(question) ? ahead.get(question) : this.read([store], (tx) => work(tx.objectStore(store)));
  }

  /** `work(tx)` must not await anything but requests of the transaction. */
  read(names, work) {
    return this.#transact(names, "readonly", {}, work);
  }

  /**
   * The same for writing: all of it or nothing, and on the disk when this resolves. Where the phone is full, words get
   * the room that was set aside for them; `isBulk` (photos, and what can be had again) does not.
   */
  async write(names, work, { isBulk = false } = {}) {
    this.forgetAhead();
    const attempt = () => this.#transact(names, "readwrite", { durability: "strict" }, work);
    try {
      return await attempt();
    } catch (error) {
      if (isBulk || error?.name !== "QuotaExceededError" || !(await this.#giveUpReserve())) throw error;
      return attempt();
    }
  }

  /** Sets room aside. Some browsers say nothing true of what is left, so it is taken and not computed. */
  async keepReserve() {
    const has = await this.read(["settings"], (tx) => tx.objectStore("settings").getKey(RESERVE));
    if (!has) await this.write(["settings"], (tx) => tx.objectStore("settings").put({ key: RESERVE, bytes: noise() }), { isBulk: true });
  }

  async #giveUpReserve() {
    return this.#transact(["settings"], "readwrite", {}, async (tx) => {
      const settings = tx.objectStore("settings");
      if (!(await settings.getKey(RESERVE))) return false;
      await settings.delete(RESERVE);
      return true;
    });
  }

  async close() {
    (await this.#opening)?.close();
    this.#opening = null;
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
}

/** Bytes that can't be made smaller. */
function noise() {
  const bytes = new Uint8Array(RESERVE_BYTES);
  for (let at = 0; at < RESERVE_BYTES; at += NOISE_BYTES) crypto.getRandomValues(bytes.subarray(at, at + NOISE_BYTES));
  return bytes.buffer;
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
