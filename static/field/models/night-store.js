// What the phone keeps of a night: the opened packet with what the server said since, and the lines that the team said.
// All of it is sealed with the person's own key (vault.js), as checks are.

import { Database } from "./database.js";
import { kept } from "./lines.js";
import { Rows } from "./rows.js";
import { Vault } from "./vault.js";

const KEPT_MS = 7 * 86_400_000;

export class NightStore {
  #database;
  #nights;
  #lines;
  #fixes = new Map();
  #listeners = new Set();

  /** `given`: a database or the name of one. */
  constructor(personId, given) {
    this.#database = given instanceof Database ? given : new Database(given);
    const vault = new Vault(this.#database, personId);
    [this.#nights, this.#lines] = ["nights", "lines"].map((store) => new Rows(store, this.#database, vault, personId));
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** { id, contents, told, checks, opened_at } of a sweep whose packet was opened here, or that the server has told of. */
  night(sweepId) {
    return this.#nights.get(sweepId);
  }

  async nights() {
    return (await this.#nights.all()).sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1));
  }

  /** What was in the packet. Before this is called nothing of it lies on the phone but sealed. */
  keepOpened(contents, opened_at = new Date().toISOString()) {
    return this.#change(contents.sweep.id, { contents, opened_at });
  }

  /** What the server last said. */
  keepTold(sweepId, told) {
    return this.#change(sweepId, { told });
  }

  /** Which check belongs to a stop, until the server knows it. */
  async keepCheck(sweepId, stopId, checkId) {
    const { checks = {} } = (await this.#nights.get(sweepId)) ?? {};
    await this.#change(sweepId, { checks: { ...checks, [stopId]: checkId } });
  }

  async forget(sweepId) {
    const of = (await this.lines(sweepId)).map(({ id }) => id);
    await this.#database.write(["nights", "lines"], async (tx) => {
      await tx.objectStore("nights").delete(sweepId);
      for (const id of of) await tx.objectStore("lines").delete(id);
    });
    this.#changed();
  }

  /** Forgets nights that have been over for a week and whose lines have all been heard. */
  async forgetOld(now = Date.now()) {
    for (const { id, told } of await this.nights()) {
      const ended = Date.parse(told?.sweep?.ended_at ?? "");
      const isHeard = (await this.lines(id)).every(({ state }) => state !== "waiting");
      if (now - ended > KEPT_MS && isHeard) await this.forget(id);
    }
  }

  /** The lines of a sweep, or all of this person's, in the order in which they were said. */
  async lines(sweepId = null) {
    const all = await this.#lines.all();
    return all.filter(({ sweep_id }) => !sweepId || sweep_id === sweepId).sort((a, b) => a.sequence - b.sequence);
  }

  async say(line, now = Date.now()) {
    const all = await this.lines();
    const row = kept(line, 1 + Math.max(0, ...all.map(({ sequence }) => sequence)), now);
    await this.#put(this.#lines, "lines", row);
    return row;
  }

  /** Takes a line back that nobody has heard of; false where it has left the phone meanwhile. */
  async takeBack(id) {
    const row = await this.#lines.get(id);
    if (row?.state !== "waiting") return false;
    await this.#database.write(["lines"], (tx) => tx.objectStore("lines").delete(id));
    this.#changed();
    return true;
  }

  async settle(id, changes) {
    if (!(await this.#lines.get(id))) return; // taken back while it was on its way
    await this.#lines.change(id, (row) => ({ ...row, ...changes }));
    this.#changed();
  }

  /** Where the phone was on duty, until the server has been told; a night without signal is thinned, not cut. */
  addFix(sweepId, fix, most = 400) {
    const fixes = [...(this.#fixes.get(sweepId) ?? []), fix];
    this.#fixes.set(sweepId, fixes.length > most ? fixes.filter((_, place) => place % 2 === 0 || place > most / 2) : fixes);
  }

  fixes(sweepId) {
    return this.#fixes.get(sweepId) ?? [];
  }

  dropFixes(sweepId, told) {
    this.#fixes.set(sweepId, this.fixes(sweepId).filter((fix) => !told.includes(fix)));
  }

  async #change(sweepId, changes) {
    const before = (await this.#nights.get(sweepId)) ?? { id: sweepId, contents: null, told: null, opened_at: new Date().toISOString() };
    await this.#put(this.#nights, "nights", { ...before, ...changes });
  }

  async #put(rows, store, value) {
    const row = await rows.sealed(value);
    await this.#database.write([store], (tx) => tx.objectStore(store).put(row));
    this.#changed();
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}
