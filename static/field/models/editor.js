// One open draft: every change is on its way to the disk at once, saves never overtake each other, and a photo is on
// the disk with the draft that lists it before anybody is told that it is there.

import { clocks } from "./clocks.js";
import { changed, retaken, signature, withFile, withoutFile } from "./draft.js";
import { withFix } from "./fixes.js";
import { mustHaveRoom } from "./room.js";
import { sha256 } from "./sha256.js";
import { uuid7 } from "./uuid7.js";

const FIX_EVERY_MS = 10_000;

export class Editor {
  draft;
  #store;
  #saving = Promise.resolve();
  #isDirty = false;
  #onFault;

  /** `onFault(error)` is called when a save fails; the change stays here and goes with the next save. */
  constructor(store, draft, onFault = () => {}) {
    this.draft = draft;
    this.#store = store;
    this.#onFault = onFault;
  }

  /** Changes the draft: `change` is fields, or a function of the draft. */
  apply(change) {
    this.draft = typeof change === "function" ? change(this.draft) : changed(this.draft, change);
    this.#isDirty = true;
    this.#queue(() => this.#save()).catch(this.#onFault);
    return this.draft;
  }

  /** Resolves when all that was changed is on the disk; rejects when it can't be put there. */
  flush() {
    return this.#queue(() => this.#save());
  }

  /**
   * Takes a photo in: its hash first, then its bytes and the draft in one transaction. Returns the file, or null
   * where the draft has the very same photo already. Rejects (QuotaExceededError …) with the draft as it was.
   */
  async addPhoto(bytes, values, put = withFile) {
    const name = await sha256(bytes);
    const moment = clocks(await this.#store.device());
    await mustHaveRoom(bytes.byteLength);
    return this.#queue(async () => {
      if (this.draft.files.some((file) => file.sha256 === name && file.item === values.item && (file.finding_id ?? null) === (values.finding_id ?? null))) return null;
      const file = { id: uuid7(), sha256: name, size: bytes.byteLength, clocks: moment, ...values };
      await this.#store.saveDraft(put(this.draft, file), [{ id: file.id, bytes }]);
      this.draft = put(this.draft, file); // what was typed meanwhile stays
      return file;
    });
  }

  /** The same in the place of a photo that is there: the old one goes when the new one is on the disk. */
  async retake(oldId, bytes, values) {
    const file = await this.addPhoto(bytes, values, (draft, made) => retaken(draft, oldId, made));
    if (file) await this.#queue(() => this.#store.dropPhoto(this.draft, oldId));
    return file;
  }

  dropPhoto(id) {
    return this.#queue(async () => {
      this.draft = withoutFile(this.draft, id);
      await this.#store.dropPhoto(this.draft, id);
    });
  }

  /** A new signature takes the place of the old one and of a refusal. */
  async sign(bytes, values) {
    const old = signature(this.draft);
    const file = await this.addPhoto(bytes, { type: "image/png", purpose: "signature", item: null, caption: "", ...values });
    if (old && file) await this.dropPhoto(old.id);
    this.apply({ signature_refused: null });
  }

  async unsign() {
    const old = signature(this.draft);
    if (old) await this.dropPhoto(old.id);
  }

  /** Keeps a fix if it is the most accurate yet or some seconds have gone by; says whether it did. */
  addFix(fix) {
    const { fixes } = this.draft;
    const last = fixes.at(-1);
    const isFiner = fixes.every((each) => (fix.accuracy_m ?? Infinity) < (each.accuracy_m ?? Infinity));
    if (last && !isFiner && Date.parse(fix.at) - Date.parse(last.at) < FIX_EVERY_MS) return false;
    this.apply({ fixes: withFix(fixes, fix) });
    return true;
  }

  async #save() {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    try {
      await this.#store.saveDraft(this.draft);
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  #queue(work) {
    const turn = this.#saving.then(work);
    this.#saving = turn.catch(() => {});
    return turn;
  }
}
