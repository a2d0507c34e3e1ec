// 我的网格: the cells that a person walks, what is due in each, and what this phone has walked since it last asked.
//
// Each is to be walked in the parts of the week in which hidden teaching goes on, as inspections/registry/time_bands.py
// tells them. The days come with the bundle, one letter each: w workday, e weekend, h holiday or vacation; beyond them only
// the week is known.

import { day, daysBetween, hour } from "../../helpers/time.js";

const EVENING_FROM = 18;
const KINDS = { e: "weekend", h: "holiday" };
const NO_CELLS = { columns: [], rows: [], campaigns: [], days: null };

const known = new WeakMap();

/** The cells of a bundle, with what this phone has walked of them. */
export function cellsOf(bundle) {
  if (!known.has(bundle)) known.set(bundle, new Cells(bundle.canvass, bundle.records));
  return known.get(bundle);
}

export class Cells {
  all;
  #days;
  #byId;

  /** `part` is the bundle's, `records` what this phone has finished. */
  constructor(part, records = []) {
    const { columns, rows, campaigns, days } = part ?? NO_CELLS;
    this.#days = days;
    const named = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
    const walks = records.filter(({ kind, state }) => kind === "visit" && state !== "replaced");
    this.all = rows.map((row) => cellOf(columns, row, named));
    this.#byId = new Map(this.all.map((cell) => [cell.id, cell]));
    for (const { visit, finished_at } of walks) this.#walked(visit, finished_at);
  }

  get(id) {
    return this.#byId.get(id) ?? null;
  }

  bandAt(instant = Date.now()) {
    return bandAt(this.#days, instant);
  }

  /** Cells that a campaign waits for, the first that ends first, and of those what can be walked now; then those in which
   * nobody was for too long, the longest first. */
  due(now = Date.now()) {
    const band = this.bandAt(now);
    const key = ({ dues: [first, ...more], last_at }) => (first ? `0 ${first.ends_on} ${[first, ...more].some(({ bands }) => bands.includes(band)) ? 0 : 1}` : `1 ${last_at ?? ""}`);
    return this.all.filter(({ dues, is_overdue }) => dues.length || is_overdue).sort((a, b) => key(a).localeCompare(key(b)) || a.code.localeCompare(b.code));
  }

  /** The campaign that a walk now is for: one that asks for this part of the week, else the first that ends. */
  campaignFor(cell, now = Date.now()) {
    const band = this.bandAt(now);
    return (cell.dues.find(({ bands }) => bands.includes(band)) ?? cell.dues[0])?.id ?? null;
  }

  // Who could not get in has not seen it: that part of the week stays due.
  #walked({ cell_id, outcome }, at) {
    const cell = this.#byId.get(cell_id);
    if (!cell || (cell.last_at && Date.parse(cell.last_at) >= Date.parse(at))) return;
    const band = this.bandAt(at);
    Object.assign(cell, { last_at: at, last_outcome: outcome });
    if (outcome === "no_access") return;
    cell.is_overdue = false;
    cell.visits = { ...cell.visits, [band]: at };
    cell.dues = cell.dues.map((due) => ({ ...due, bands: due.bands.filter((each) => each !== band) })).filter(({ bands }) => bands.length);
  }
}

/** "workday", "evening", "weekend" or "holiday". `days` is { from, kinds }. */
export function bandAt(days, instant) {
  const band = KINDS[letterOf(days, instant)];
  if (band) return band;
  return hour(instant) >= EVENING_FROM ? "evening" : "workday";
}

function letterOf(days, instant) {
  const known = days ? days.kinds[daysBetween(days.from, instant)] : undefined;
  if (known) return known;
  return [0, 6].includes(new Date(`${day(instant)}T00:00Z`).getUTCDay()) ? "e" : "w";
}

/** "late", "due", "stale" (nobody was here for too long), "never" (nobody was here at all) or "walked". */
export function standOf({ dues, last_at, is_overdue }, now = Date.now()) {
  if (dues.some(({ ends_on }) => daysBetween(now, ends_on) < 0)) return "late";
  if (dues.length) return "due";
  if (!last_at) return "never";
  return is_overdue ? "stale" : "walked";
}

function cellOf(columns, row, campaigns) {
  const cell = Object.fromEntries(columns.map((name, place) => [name, row[place]]));
  const dues = cell.dues.map(([id, bands]) => ({ ...campaigns.get(id), bands })).filter(({ id }) => id);
  return { ...cell, dues: dues.sort((a, b) => a.ends_on.localeCompare(b.ends_on)) };
}
