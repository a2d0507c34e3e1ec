// What is being typed, and calls that could not be handed in yet, on this computer: sealed with a key that can't be
// taken out, made for the person who works here. Nobody else who signs in reads or sees it.

import { openDB } from "../vendor/idb/index.js";
import { Vault } from "../field/models/vault.js";

const NAME = "mingcha-hotline";
const DRAFT = "draft";
const UNSENT = "unsent";

class Database {
  #opening = null;

  async get(store, key) {
    return (await this.#open()).get(store, key);
  }

  async all(store) {
    return (await this.#open()).getAll(store);
  }

  /** `work(tx)` must await nothing but requests of the transaction. */
  async write(names, work) {
    const tx = (await this.#open()).transaction(names, "readwrite", { durability: "strict" });
    const [answer] = await Promise.all([work(tx), tx.done]);
    return answer;
  }

  async #open() {
    this.#opening ??= openDB(NAME, 1, {
      upgrade(db) {
        db.createObjectStore("keys", { keyPath: "person_id" });
        db.createObjectStore("calls", { keyPath: "id" });
      },
    });
    return this.#opening;
  }
}

export class Keeper {
  #person;
  #database = new Database();
  #vault;

  constructor(person) {
    this.#person = person;
    this.#vault = new Vault(this.#database, person);
  }

  /** What was being typed when the page went, or null. Calls of others stay closed. */
  async draft() {
    return (await this.#all(DRAFT)).at(-1) ?? null;
  }

  /** Calls that wait for the line, the oldest first. */
  unsent() {
    return this.#all(UNSENT);
  }

  keepDraft(call) {
    return this.#keep(call, DRAFT);
  }

  keepUnsent(call) {
    return this.#keep(call, UNSENT);
  }

  forget(id) {
    return this.#database.write(["calls"], (tx) => tx.objectStore("calls").delete(id));
  }

  async #keep(call, state) {
    const row = await this.#vault.sealed("calls", { id: call.id, state, at: Date.now() }, call);
    await this.#database.write(["calls"], (tx) => tx.objectStore("calls").put(row));
  }

  async #all(state) {
    const rows = (await this.#database.all("calls")).filter((row) => row.person_id === this.#person && row.state === state);
    const opened = await Promise.all(rows.sort((a, b) => a.at - b.at).map((row) => this.#vault.opened("calls", row)));
    return opened.map(({ header }) => header);
  }
}
