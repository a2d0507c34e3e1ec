// The night of a sweep, for as long as one is open on this phone: what is said goes out, what command says comes in,
// and where the phone is is told while its owner is on duty, and at no other time.

import { el } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { toast } from "../helpers/toast.js";
import { newsWords } from "./helpers/night.js";
import { database } from "./models/first-read.js";
import { newLine } from "./models/lines.js";
import { Night } from "./models/night.js";
import { NightOutbox } from "./models/night-outbox.js";
import { NightStore } from "./models/night-store.js";

const FIX_EVERY_MS = 20_000;
const ROUSED = [200, 100, 200];

export class NightWatch {
  store;
  outbox;
  #app;
  #stopFollowing = null;
  #fixedAt = -Infinity;
  #adopted = new Map();
  #duties = [];

  constructor(app, kept = database) {
    this.#app = app;
    this.store = new NightStore(app.personId, kept);
    this.outbox = new NightOutbox({ store: this.store, fetch: app.fetch, offset: () => this.#offset(), onTold: (...all) => this.#heard(...all) });
  }

  start() {
    this.store.onChange(() => {
      this.#app.tell();
      this.#followDuty().catch(reportError);
    });
    this.#app.onChange(() => this.adopt().catch(reportError));
    const again = () => document.visibilityState === "visible" && this.outbox.kick();
    addEventListener("online", again);
    document.addEventListener("visibilitychange", again);
    this.store.forgetOld().catch(reportError);
    this.#followDuty().catch(reportError);
    this.outbox.start().catch(reportError);
  }

  /** The night of a sweep, null where its packet was never opened here and the server has told nothing. */
  async night(sweepId) {
    const found = await this.store.night(sweepId);
    return found ? new Night(found, await this.store.lines(sweepId)) : null;
  }

  async nights() {
    return Promise.all((await this.store.nights()).map(async (each) => new Night(each, await this.store.lines(each.id))));
  }

  /** { night, stop } that a stop's id leads to; {} where this phone knows of none. */
  async stop(stopId) {
    for (const night of await this.nights()) {
      const stop = night.stop(stopId);
      if (stop) return { night, stop };
    }
    return {};
  }

  /** Says something; the line is kept when this resolves, and leaves a moment later. */
  async say(sweepId, kind, more = {}) {
    const fix = this.#app.whereabouts?.any() ?? null;
    const row = await this.store.say(newLine({ sweepId, kind, fix, offsetMs: await this.#offset(), ...more }));
    this.outbox.kick().catch(reportError);
    return row;
  }

  /** A slip of the thumb: a line that is still here goes away, one that was heard is taken back by another. */
  async takeBack({ id, line }) {
    if (await this.store.takeBack(id)) return;
    await this.say(line.sweep_id, "reply", { stopId: line.stop_id, undoes_id: id, words: t("撤销") });
  }

  /** The check of a stop: begun where there is none yet, else the one that is there. Lines about the stop name it. */
  async check(night, stop) {
    const { store, bundle, personId } = this.#app;
    const known = night.checkAt(stop.id);
    if (known && (await store.draft(known))) return this.#app.go(`/m/check/${known}`);
    if (known && (await store.record(known))) return this.#app.go(`/m/checks/${known}`);
    const [{ newDraft }, { listFor, proposed }] = await Promise.all([import("./models/draft.js"), import("./models/lists.js")]);
    const site = bundle.site(stop.site.id) ?? stop.site;
    const named = [stop.joint_sheet?.code, ...(stop.checklists ?? [])].map((code) => bundle.checklists.find((each) => each.code === code)).filter(Boolean);
    const list = stop.joint_sheet ? named[0] : proposed(named.length ? named : bundle.checklists, site, "sweep");
    const draft = newDraft({ personId, site, kind: "sweep", checklist: listFor(list ?? null, site), joint: stop.joint_sheet?.departments ?? null });
    await store.saveDraft(draft);
    await this.store.keepCheck(night.id, stop.id, draft.id);
    if (stop.state !== "entered") await this.say(night.id, "entered", { stopId: stop.id, check_id: draft.id });
    return this.#app.go(`/m/check/${draft.id}`);
  }

  /** A packet that was opened begins the night; one that took its place, again. */
  async adopt() {
    for (const { id, contents, opened_at } of this.#app.sweeps?.list ?? []) {
      if (!contents || this.#adopted.get(id) === opened_at) continue;
      this.#adopted.set(id, opened_at);
      const known = await this.store.night(id);
      if (known?.contents && known.opened_at === opened_at) continue;
      await this.store.keepOpened(contents, opened_at);
      this.outbox.kick().catch(reportError);
    }
  }

  async #offset() {
    return (await this.#app.store.device()).clock_offset_ms ?? null;
  }

  async #followDuty() {
    const onDuty = (await this.nights()).filter(({ isOnDuty }) => isOnDuty);
    if (onDuty.length && !this.#stopFollowing) {
      this.#stopFollowing = this.#app.whereabouts.follow((fix) => fix && this.#note(fix));
    } else if (!onDuty.length && this.#stopFollowing) {
      this.#stopFollowing();
      this.#stopFollowing = null;
    }
    this.#duties = onDuty.map(({ id }) => id);
  }

  #note(fix) {
    const at = Date.parse(fix.at);
    if (at - this.#fixedAt < FIX_EVERY_MS) return;
    this.#fixedAt = at;
    const { lon, lat, accuracy_m } = fix;
    for (const id of this.#duties) this.store.addFix(id, { at: fix.at, lon, lat, accuracy_m });
  }

  /** Something new from command is said aloud, whichever screen is open. */
  #heard(sweepId, before, told) {
    const known = new Set((before?.messages ?? []).map(({ id }) => id));
    const fresh = (told.messages ?? []).filter(({ id, is_seen }) => !known.has(id) && !is_seen);
    if (!fresh.length) return;
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(ROUSED); // browsers refuse it before the first tap
    if (location.pathname === `/m/night/${sweepId}`) return; // it stands there in full
    const shown = toast(t("指挥部：{words}", { words: newsWords(fresh.at(-1)) }), "due");
    shown.append(el("a", { class: "button", href: `/m/night/${sweepId}` }, t("去看")));
  }
}
