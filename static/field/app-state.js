// What all screens share: the store, the bundle, who is working; and, once it has come, what looks outwards.

import { t } from "../helpers/i18n.js";
import { Bundle } from "./models/bundle.js";
import { isSealed, isUnsent } from "./models/standing.js";
import { Store } from "./models/store.js";

const PLATE_MS = 10 * 60_000; // a plate that was scanned belongs to the check that is begun there and then

export class App {
  bundle = null;
  bundleState = "unknown";
  plate = null;
  /** Of outward.js; null on the first screen until it has come. */
  outbox = null;
  heartbeat = null;
  whereabouts = null;
  version = null;
  night = null;
  sweeps = null;
  wayTo = () => "";
  #listeners = new Set();
  #told = false;
  #outward = null;
  #name;
  #role;

  /** `name` and `role` are the server's words, if it has written the page just now; else they are in the bundle. */
  constructor({ person, name, role, language, version, go, store = new Store(person), fetch = (...all) => globalThis.fetch(...all) }) {
    Object.assign(this, { personId: person, language: language?.startsWith("en") ? "en" : "zh", files: version, go, store, fetch });
    [this.#name, this.#role] = [name, role];
  }

  get personName() {
    return this.#name ?? this.bundle?.person.name ?? "";
  }

  get roleName() {
    return this.#role ?? this.bundle?.person.role_names?.join(t("、")) ?? "";
  }

  /** Opens what is kept; rejects where the browser refuses to keep anything. What others worked with is forgotten. */
  async open() {
    await this.store.device();
    await this.store.dropOtherBundles(this.personId);
    await this.#readBundle();
  }

  /** What looks outwards, brought at the first call. Rejects where its modules can't be had. */
  outward() {
    this.#outward ??= import("./outward.js").then(({ Outward }) => {
      const made = new Outward(this);
      const { outbox, heartbeat, whereabouts, version, night, sweeps } = made;
      Object.assign(this, { outbox, heartbeat, whereabouts, version, night, sweeps, wayTo: (site) => made.wayTo(site) });
      return made;
    });
    return this.#outward;
  }

  /** Calls `listener` when anything kept or its way out has changed, at most once a frame; returns what stops it. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell() {
    if (this.#told) return;
    this.#told = true;
    requestAnimationFrame(() => {
      this.#told = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** What the server then says; see refresh.js. */
  async refresh() {
    return (await this.outward()).refresh();
  }

  /** { receipt: [{ key_id, jwk }], parcel: { key_id, jwk } } as the server last told; {} from one that has none. */
  async serverKeys() {
    return (await this.store.bundle(this.personId))?.body?.keys ?? {};
  }

  /** How many records are not with the server; `exported: false`: and in no exported file nor sealed at the office. */
  async unsentCount({ exported = true } = {}) {
    return (await this.store.records()).filter((record) => isUnsent(record) && (exported || !(record.exported_at || isSealed(record)))).length;
  }

  /** A new draft at a site, saved, and its address. */
  async startCheck(site, { task = null, kind } = {}) {
    const drafts = await this.store.drafts();
    const isThis = (draft) => draft.site_id === site.id && draft.task_id === (task?.id ?? null) && (!kind || draft.kind === kind);
    const begun = drafts.find((draft) => isThis(draft) && !draft.site_report);
    if (begun) return this.go(`/m/check/${begun.id}`);
    const [{ newDraft }, { listFor, proposed }] = await Promise.all([import("./models/draft.js"), import("./models/lists.js")]);
    const isFresh = this.plate?.site_id === site.id && Date.now() - Date.parse(this.plate.at) < PLATE_MS;
    const checklist = listFor(proposed(this.bundle.checklists, site, task?.kind ?? kind ?? "routine"), site);
    const draft = newDraft({ plate: isFresh ? this.plate : null, personId: this.personId, site, task, kind, checklist });
    await this.store.saveDraft(draft);
    return this.go(`/m/check/${draft.id}`);
  }

  /** A walk through a cell: the one that is begun, else a new one, saved; and its address. */
  async startVisit(cell) {
    const begun = (await this.store.drafts()).find(({ form, cell_id }) => form === "visit" && cell_id === cell.id);
    if (begun) return this.go(`/m/visit/${begun.id}`);
    const [{ newVisit }, { cellsOf }] = await Promise.all([import("./models/visit.js"), import("./models/cells.js")]);
    const draft = newVisit({ personId: this.personId, cell, campaignId: cellsOf(this.bundle).campaignFor(cell) });
    await this.store.saveDraft(draft);
    return this.go(`/m/visit/${draft.id}`);
  }

  /** What was finished here shows in the bundle at once: a new site, a task that is done. */
  async reread() {
    await this.#readBundle();
    this.tell();
  }

  async #readBundle() {
    const kept = await this.store.bundle(this.personId);
    this.bundle = kept ? new Bundle(kept, await this.store.records()) : null;
  }
}
