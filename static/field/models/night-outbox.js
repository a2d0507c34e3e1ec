// What was said goes to the server, and what the server has to say comes back: while a night is open on this phone.

import { Pause, Unacceptable, ask } from "./asking.js";
import { due, dueIn, settled } from "./lines.js";

const MOST_LINES = 50;
const MOST_FIXES = 200;
const EVERY_MS = 15_000;
const AT_REST_MS = 60_000;
const JSON_TYPE = { "Content-Type": "application/json" };
const LOCK = "mingcha-night";

export class NightOutbox {
  /** Why nothing goes out just now, as a Pause's reason; null where all is well. */
  pause = null;
  #store;
  #fetch;
  #locks;
  #offset;
  #onTold;
  #timer = null;
  #running = null;
  #again = false;
  #tried = new Set(); // what the server doesn't take yet is asked again at the next pass
  #isStopped = true;

  /** `offset()`: the server's clock less the phone's; `onTold(sweepId, before, told)` hears what came. */
  constructor({ store, fetch, offset = async () => null, onTold = () => {}, locks = globalThis.navigator?.locks }) {
    this.#store = store;
    this.#fetch = fetch;
    this.#offset = offset;
    this.#onTold = onTold;
    this.#locks = locks;
  }

  start() {
    this.#isStopped = false;
    return this.kick();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Sends what is due, asks for news, now. Resolves when this pass is over, however it ended. */
  kick() {
    clearTimeout(this.#timer);
    this.#again = true;
    this.#running ??= this.#passes().finally(() => (this.#running = null));
    return this.#running;
  }

  async #passes() {
    while (this.#again) {
      this.#again = false;
      this.pause = await this.#locked(() => this.#pass());
    }
    if (!this.#isStopped) await this.#later();
  }

  async #later() {
    const lines = await this.#store.lines();
    const open = (await this.#store.nights()).some(({ told }) => !["finished", "cancelled"].includes(told?.sweep?.state));
    // What fell due while this pass was asking for news is sent now, not a quarter of a minute later
    const isLate = !this.pause && due(lines).some(({ id }) => !this.#tried.has(id));
    const wait = isLate ? 0 : Math.min(open ? EVERY_MS : AT_REST_MS, dueIn(lines) + 50);
    this.#timer = setTimeout(() => this.kick(), wait);
    this.#timer.unref?.();
  }

  // One page sends; the other reads what that one keeps.
  async #locked(work) {
    if (!this.#locks) return work();
    return this.#locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : null));
  }

  async #pass() {
    try {
      await this.#sendLines();
      for (const { id, told } of await this.#store.nights()) {
        await this.#sendFixes(id);
        if (!["finished", "cancelled"].includes(told?.sweep?.state)) await this.#askFor(id, told);
      }
      return null;
    } catch (error) {
      if (error instanceof Pause) return error.reason;
      throw error;
    }
  }

  async #sendLines() {
    this.#tried = new Set();
    for (;;) {
      const some = due(await this.#store.lines()).filter(({ id }) => !this.#tried.has(id)).slice(0, MOST_LINES);
      if (!some.length) return;
      const body = JSON.stringify({ entries: some.map(({ line }) => line) });
      const answer = await this.#post("/api/v1/sweep-entries", body, ({ results }) => Array.isArray(results) && results.length === some.length);
      for (const [place, result] of answer.results.entries()) {
        this.#tried.add(some[place].id);
        await this.#store.settle(some[place].id, settled(result));
      }
    }
  }

  /** What can't be taken (no longer on the team, say) is dropped: a position is worth nothing later. */
  async #sendFixes(sweepId) {
    const fixes = this.#store.fixes(sweepId).slice(0, MOST_FIXES);
    if (!fixes.length) return;
    const body = JSON.stringify({ sweep_id: sweepId, clock_offset_ms: await this.#offset(), fixes });
    await this.#post("/api/v1/sweep-positions", body, ({ kept }) => Number.isInteger(kept)).catch((error) => {
      if (!(error instanceof Unacceptable)) throw error;
    });
    this.#store.dropFixes(sweepId, fixes);
  }

  async #askFor(sweepId, before) {
    const path = `/api/v1/sweeps/${sweepId}/state?since=${before?.number ?? -1}`;
    const told = await ask(this.#fetch, path, { cache: "no-store" }).then(({ body }) => body, forgiveUnacceptable);
    if (!told || !Number.isInteger(told.number)) return;
    const isSame = told.number === before?.number && !told.sweep;
    if (isSame) return;
    await this.#store.keepTold(sweepId, told);
    this.#onTold(sweepId, before, told);
  }

  /** Begins a night whose packet was opened elsewhere: after the release the server tells a team its stops. */
  async begin(sweepId) {
    await this.#askFor(sweepId, null).catch((error) => {
      if (!(error instanceof Pause)) throw error;
      this.pause = error.reason;
    });
  }

  async #post(path, body, isAnswer) {
    const options = { method: "POST", body, headers: JSON_TYPE, accepts: (status, answer) => status < 300 && answer !== null && isAnswer(answer) };
    return (await ask(this.#fetch, path, options)).body;
  }
}

function forgiveUnacceptable(error) {
  if (error instanceof Unacceptable) return null; // taken off the team, or a server of before
  throw error;
}
