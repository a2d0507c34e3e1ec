// Joint sweeps of the person's team: the sealed packet comes before the start and lies here; it opens with the key at the
// start or with the code that command reads out. What is kept of a sweep:
//
//   id, name, state, meeting_point, meets_at, starts_at, ends_at, released_at, team, packet   as the server last said
//   offset_ms    the server's clock less the phone's, then
//   envelope     the sealed packet, or null; fetched_at
//   contents     what it says, once it is open, or null; opened_at, opened_by ("key" or "code")
//   is_tampered  the packet came twice and did not open with its key
//   reports      what became of it and has not been told yet: [{ id, packet_id, deed, at }]

import { ask, Unacceptable } from "./asking.js";
import { isEnvelope, openPacket, Tampered, WrongCode } from "./packet.js";
import { uuid7 } from "./uuid7.js";

const KEEP_OVER_MS = 24 * 3_600_000;
const NOTHING = { envelope: null, fetched_at: null, contents: null, opened_at: null, opened_by: null, is_tampered: false, reports: [] };

export class OwnSweeps {
  /** Those that are known, the first to start first. */
  list = [];
  /** "unknown" before the first question; "same" when the server answered; else why it did not, as `Pause.reason` says. */
  state = "unknown";
  #shelf;
  #fetch;
  #now;
  #tell;
  #running = null;
  #tail = Promise.resolve();

  /** `shelf`: `Store.sweeps`. */
  constructor({ shelf, fetch = (...all) => globalThis.fetch(...all), now = Date.now, tell = () => {} }) {
    this.#shelf = shelf;
    this.#fetch = fetch;
    this.#now = now;
    this.#tell = tell;
  }

  /** What the phone has kept. */
  async load() {
    this.list = sorted(await this.#shelf.all());
    this.#tell();
  }

  find(id) {
    return this.list.find((each) => each.id === id) ?? null;
  }

  /** The server's clock, as far as the phone knows it. */
  serverNow(sweep) {
    return this.#now() + (sweep?.offset_ms ?? 0);
  }

  /** Whether a start has come whose packet is still closed: then it is worth asking, whatever screen is open. */
  get isDue() {
    return this.list.some((sweep) => !sweep.contents && this.serverNow(sweep) >= Date.parse(sweep.starts_at));
  }

  /** Asks the server for everything that is due: once at a time. Resolves to `state`. */
  refresh() {
    this.#running ??= this.#refresh().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Opens with what was heard. Rejects with WrongCode or Tampered, which the server is told of too. */
  async openWithCode(id, typed) {
    const { envelope } = this.find(id);
    try {
      await this.#opened(id, await openPacket(envelope, { code: typed }), "code");
    } catch (error) {
      const isSlip = error instanceof WrongCode && error.reason === "short";
      if (!isSlip) await this.#change(id, (sweep) => reporting(sweep, error instanceof WrongCode ? "wrong_code" : "tampered", this.#now()));
      throw error;
    }
    this.refresh();
  }

  async #refresh() {
    try {
      await this.#ask();
      this.state = "same";
    } catch (error) {
      if (!error.reason) throw error;
      this.state = error.reason;
    }
    this.#tell();
    return this.state;
  }

  async #ask() {
    const { body } = await ask(this.#fetch, "/api/v1/sweeps/mine");
    await this.load();
    const offset_ms = Date.parse(body.server_time) - this.#now();
    for (const line of body.sweeps) await this.#change(line.id, (known) => ({ ...NOTHING, ...known, ...line, offset_ms }));
    for (const sweep of this.list) if (!body.sweeps.some(({ id }) => id === sweep.id)) await this.#dropIfOver(sweep);
    for (const { id } of body.sweeps) await this.#bring(id).catch(unlessRefused); // it was unsealed, or moved on, meanwhile
    for (const { id } of this.list) await this.#report(id);
  }

  /** Who is not on the team any more keeps no packet; a night that is over is kept for a day. */
  async #dropIfOver(sweep) {
    if (sweep.contents && this.#now() < Date.parse(sweep.ends_at) + KEEP_OVER_MS) return;
    if (sweep.reports.length) await this.#report(sweep.id);
    await this.#shelf.drop(sweep.id);
    this.list = this.list.filter(({ id }) => id !== sweep.id);
  }

  async #bring(id) {
    await this.#fetchPacket(id);
    const sweep = this.find(id);
    if (sweep.contents || this.serverNow(sweep) < Date.parse(sweep.starts_at) && !sweep.released_at) return;
    const { body } = await ask(this.#fetch, `/api/v1/sweeps/${id}/key`);
    await this.#change(id, (known) => ({ ...known, state: body.state, starts_at: body.starts_at }));
    if (!body.key) return;
    if (this.find(id).envelope?.packet_id !== body.packet_id) await this.#fetchPacket(id, body.packet_id);
    await this.#openWithKey(id, body, true);
  }

  async #openWithKey(id, { key, packet_id }, mayFetchAgain) {
    const { envelope } = this.find(id);
    try {
      await this.#opened(id, await openPacket(envelope, { key }), "key");
    } catch (error) {
      if (!(error instanceof Tampered)) throw error;
      await this.#change(id, (sweep) => ({ ...reporting(sweep, "tampered", this.#now()), envelope: null, is_tampered: !mayFetchAgain }));
      if (!mayFetchAgain) return;
      await this.#fetchPacket(id, packet_id);
      await this.#openWithKey(id, { key, packet_id }, false);
    }
  }

  /** The packet that the server has now, where another or none is here. */
  async #fetchPacket(id, wanted = this.find(id).packet?.id) {
    const { envelope } = this.find(id);
    if (!wanted || (envelope?.packet_id === wanted && isEnvelope(envelope))) return;
    const { body } = await ask(this.#fetch, `/api/v1/sweeps/${id}/packet`);
    const packet = { id: body.packet_id, revision: body.revision };
    const fetched_at = new Date(this.#now()).toISOString();
    await this.#change(id, (sweep) => ({ ...sweep, packet, envelope: body, fetched_at, contents: null, opened_at: null, opened_by: null }));
  }

  #opened(id, contents, opened_by) {
    const opened_at = new Date(this.#now()).toISOString();
    return this.#change(id, (sweep) => ({ ...reporting(sweep, `opened_by_${opened_by}`, this.#now()), contents, opened_at, opened_by, is_tampered: false }));
  }

  async #report(id) {
    for (const report of this.find(id).reports) {
      const body = JSON.stringify({ ...report, sent_at: new Date(this.#now()).toISOString() });
      const options = { method: "POST", body, headers: { "Content-Type": "application/json" } };
      await ask(this.#fetch, `/api/v1/sweeps/${id}/opened`, options).catch(unlessRefused); // and not told again
      await this.#change(id, (sweep) => ({ ...sweep, reports: sweep.reports.filter((each) => each.id !== report.id) }));
    }
  }

  /** One change after the other: what a tap changes isn't undone by an answer that comes meanwhile. */
  #change(id, change) {
    const work = async () => {
      const now = change(this.find(id) ?? undefined);
      await this.#shelf.put(now);
      this.list = sorted([...this.list.filter((each) => each.id !== id), now]);
      this.#tell();
    };
    this.#tail = this.#tail.then(work, work);
    return this.#tail;
  }
}

function unlessRefused(error) {
  if (!(error instanceof Unacceptable)) throw error;
}

function sorted(sweeps) {
  return [...sweeps].sort((one, other) => (one.starts_at < other.starts_at ? -1 : 1));
}

function reporting(sweep, deed, now) {
  const report = { id: uuid7(), packet_id: sweep.envelope.packet_id, deed, at: new Date(now).toISOString() };
  return { ...sweep, reports: [...sweep.reports, report] };
}
