// What a person keeps on a phone is sealed with that person's own key: AES-GCM, made here, never to be taken out
// (not extractable). Who signs in on the same phone has another key and reads nothing of it.
//
// Crypto is awaited, and a transaction that waits for anything else is over: seal before it, open after it.

import { bytesIn, packed, unpacked } from "./frames.js";

const IV_BYTES = 12;

/** The row was kept for another person, or its bytes are not those that were sealed. */
export class NotOurs extends Error {}

export class Vault {
  #database;
  #personId;
  #keys = null;

  constructor(database, personId) {
    this.#database = database;
    this.#personId = personId;
  }

  /** A row to keep: `plain` can be read by all, `header` and `bytes` only with the person's key. */
  async sealed(store, plain, header, bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const { sealing } = await this.keys();
    const secret = await crypto.subtle.encrypt(this.#how(store, plain.id, iv), sealing, packed(header, bytes));
    const whole = new Uint8Array(IV_BYTES + secret.byteLength);
    whole.set(iv);
    whole.set(new Uint8Array(secret), IV_BYTES);
    return { ...plain, person_id: this.#personId, sealed: whole.buffer };
  }

  /** { header, bytes } of such a row. Rejects with NotOurs. */
  async opened(store, row) {
    if (row.person_id !== this.#personId) throw new NotOurs(`${store} ${row.id} is another person's`);
    const whole = bytesIn(row.sealed);
    const { sealing } = await this.keys();
    const how = this.#how(store, row.id, whole.slice(0, IV_BYTES));
    const plain = await crypto.subtle.decrypt(how, sealing, whole.slice(IV_BYTES)).catch(() => {
      throw new NotOurs(`${store} ${row.id} can't be opened`);
    });
    return unpacked(plain);
  }

  /** { sealing, signing } of this person on this phone; made at the first use, by one page only. */
  keys() {
    this.#keys ??= this.#findKeys();
    this.#keys.catch(() => (this.#keys = null));
    return this.#keys;
  }

  async #findKeys() {
    const known = await this.#database.get("keys", this.#personId);
    if (known) return known;
    const made = await newKeys(this.#personId);
    return this.#database.write(["keys"], async (tx) => {
      const other = await tx.objectStore("keys").get(this.#personId);
      if (other) return other;
      await tx.objectStore("keys").put(made);
      return made;
    });
  }

  // Bound to its place: a sealed row moved to another id, store or person does not open.
  #how(store, id, iv) {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${this.#personId}/${store}/${id}`) };
  }
}

async function newKeys(person_id) {
  const { subtle } = crypto;
  const sealing = await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const signing = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  return { person_id, sealing, signing, made_at: new Date().toISOString() };
}
