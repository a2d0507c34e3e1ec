// One night of a sweep as a team has it on the phone: the opened packet, what the server has said since, and the lines
// that nobody has heard yet. The last word about a stop is that of who stands before it.

const MOVES = { set_out: "under_way", arrived: "arrived", entered: "entered", done: "done", closed: "closed", moved: "moved", refused: "refused" };
export const SETTLED = new Set(["done", "closed", "moved", "refused", "dropped"]);
const SHUT = new Set(["closed", "moved", "refused"]);
const WAY = ["waiting", "under_way", "arrived", "entered"];
const NEXT = { waiting: "set_out", under_way: "arrived", arrived: "entered", entered: "done" };
const UNDO_MS = 10 * 60_000;

/** The state of a stop after its own team has said `kind`; the rules are those of sweeps/standing.py. */
export function nextState(state, kind) {
  const after = MOVES[kind];
  if (!after || state === "done") return state;
  if (WAY.indexOf(after) < 0 || after === "entered") return after;
  const isForward = WAY.includes(state) && WAY.indexOf(after) > WAY.indexOf(state);
  return isForward || SHUT.has(state) ? after : state;
}

/** What a team does next at a stop, and what else it may find there. */
export function actionsAt(state) {
  const next = NEXT[state] ?? (SHUT.has(state) ? "set_out" : null);
  const found = SETTLED.has(state) ? [] : ["closed", "moved", "refused"];
  return { next, found };
}

export class Night {
  /** `kept`: { id, contents, told } of the store; `lines`: those of this sweep that were said on this phone. */
  constructor({ id, contents = null, told = null, checks = {} }, lines = []) {
    Object.assign(this, { id, contents, told });
    this.lines = [...lines].sort((a, b) => a.sequence - b.sequence);
    this.sweep = { ...contents?.sweep, ...told?.sweep };
    this.team = told?.team ?? contents?.team ?? null;
    this.members = told?.members ?? contents?.members ?? [];
    this.contacts = contents?.contacts ?? told?.contacts ?? [];
    this.#checks = checks;
    this.#undone = new Set(this.lines.map(({ line }) => line.undoes_id).filter(Boolean));
  }

  #undone;
  #checks;

  /** The team's stops in order, each with its `state`; what was given to others meanwhile comes last, as `isGone`. */
  get stops() {
    const packed = new Map((this.contents?.stops ?? []).map((stop) => [stop.id, stop]));
    const now = this.told?.stops;
    if (!now) return [...packed.values()].map((stop) => this.#asSaid(stop, "waiting")).sort(inOrder);
    const ours = now.map((stop) => this.#asSaid({ ...packed.get(stop.id), ...known(stop) }, stop.state));
    const gone = [...packed.values()].filter(({ id }) => !now.some((stop) => stop.id === id));
    return [...ours.sort(inOrder), ...gone.sort(inOrder).map((stop) => ({ ...this.#asSaid(stop, "dropped"), isGone: true }))];
  }

  stop(id) {
    return this.stops.find((stop) => stop.id === id) ?? null;
  }

  /** The stop that the team is at, else the first that needs somebody. */
  get here() {
    const open = this.stops.filter(({ state, isGone }) => !isGone && !SETTLED.has(state));
    return open.find(({ state }) => state !== "waiting") ?? open[0] ?? null;
  }

  get progress() {
    const ours = this.stops.filter(({ isGone }) => !isGone);
    return { done: ours.filter(({ state }) => SETTLED.has(state)).length, total: ours.length };
  }

  get isOver() {
    return ["finished", "cancelled"].includes(this.sweep.state);
  }

  /** What was last said here of 到岗 and 离岗, else what the server knows; nobody is on duty when it is over. */
  get isOnDuty() {
    if (this.isOver) return false;
    const said = this.lines.findLast(({ line, state }) => ["on_duty", "off_duty"].includes(line.kind) && state !== "refused");
    return said ? said.line.kind === "on_duty" : Boolean(this.told?.on_duty);
  }

  /** Lines that the server doesn't have yet. */
  get unheard() {
    return this.lines.filter(({ state }) => state === "waiting");
  }

  /** Lines that the server will not have, or has otherwise: somebody must look. */
  get stuck() {
    return this.lines.filter(({ state }) => state === "refused" || state === "beside");
  }

  /** Messages of command, the last first, each with whether this person has acknowledged it. */
  get messages() {
    const answered = new Set(this.lines.map(({ line }) => line.answers_id).filter(Boolean));
    return (this.told?.messages ?? []).map((each) => ({ ...each, isSeen: each.is_seen || answered.has(each.id) })).sort((a, b) => b.number - a.number);
  }

  /** Calls for support of this team that command has not settled: those that the server knows, and those on the way. */
  get calls() {
    const heard = this.told?.calls ?? [];
    const ours = this.lines.filter(({ id, line }) => line.kind === "support" && !this.#undone.has(id) && !heard.some((call) => call.id === id));
    return [...heard.filter(({ resolved_at }) => !resolved_at), ...ours.filter(({ state }) => state === "waiting").map(({ id, line }) => ({ id, at: line.at, support: line.support, words: line.words, isUnheard: true }))];
  }

  /** The last line of this phone that can be taken back: of this stop, or of any. */
  lastAt(stopId, now = Date.now()) {
    const last = this.lines.findLast(({ id, line }) => line.stop_id === stopId && MOVES[line.kind] && !this.#undone.has(id));
    return last && now - last.made_at < UNDO_MS && last.state !== "refused" ? last : null;
  }

  /** The check that belongs to a stop: the one that was begun on this phone, else the one that the server knows. */
  checkAt(stopId) {
    return this.#checks[stopId] ?? this.told?.stops?.find(({ id }) => id === stopId)?.check_id ?? null;
  }

  // What was said here and not heard yet comes after what the server knows.
  #asSaid(stop, state) {
    const said = this.lines.filter(({ id, line, state: how }) => line.stop_id === stop.id && how === "waiting" && !this.#undone.has(id));
    return { ...stop, state: said.reduce((now, { line }) => nextState(now, line.kind), state) };
  }
}

/** What the server says now takes the place of what the packet said; what it leaves out doesn't. */
function known(stop) {
  return Object.fromEntries(Object.entries(stop).filter(([, value]) => value !== null && value !== undefined));
}

function inOrder(one, other) {
  return one.position - other.position || (one.id < other.id ? -1 : 1);
}
