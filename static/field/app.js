// The phone app: one page, whose screens come from what the phone keeps. A tap never waits for the network, and an
// upload is not cut off by going to the next screen.

import { el, fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import light from "./controllers/light.js";
import today from "./controllers/today.js";
import { button, notice } from "./helpers/parts.js";
import { App } from "./app-state.js";
import { markDemonstration, speaksOtherwise, whoWorks } from "./frame.js";
import { database } from "./models/first-read.js";
import { Store } from "./models/store.js";
import { canKeepChecks } from "./models/surroundings.js";

const ID = "([0-9a-f-]{36})";
// The first screen comes with this module; the others, and what looks outwards, when the first one stands: they must be
// here before the signal goes.
const SCREENS = [
  ["/m", null, "today"],
  ["/m/nearby", () => import("./controllers/nearby.js"), "nearby"],
  ["/m/checks", () => import("./controllers/checks.js"), "checks"],
  [`/m/checks/${ID}`, () => import("./controllers/sent.js"), "checks"],
  [`/m/check/${ID}`, () => import("./controllers/check.js"), "checks"],
  ["/m/cells", () => import("./controllers/cells.js"), "today"],
  [`/m/cells/${ID}`, () => import("./controllers/cell.js"), "today"],
  [`/m/visit/${ID}`, () => import("./controllers/visit.js"), "checks"],
  [`/m/night/${ID}`, () => import("./controllers/night.js"), "today"],
  [`/m/stop/${ID}`, () => import("./controllers/stop.js"), "today"],
  ["/m/tips", () => import("./controllers/tips.js"), "me"],
  ["/m/tips/new", () => import("./controllers/tip-new.js"), "me"],
  ["/m/sites/new", () => import("./controllers/new-site.js"), "nearby"],
  [`/m/sites/${ID}`, () => import("./controllers/site.js"), "nearby"],
  ["/m/outbox", () => import("./controllers/outbox.js"), "checks"],
  ["/m/problems", () => import("./controllers/problems.js"), "me"],
  ["/m/sweeps", () => import("./controllers/own-sweeps.js"), "today"],
  [`/m/sweeps/${ID}`, () => import("./controllers/sealed-sweep.js"), "today"],
  ["/m/rules", () => import("./controllers/rules.js"), "me"],
  ["/m/me", () => import("./controllers/me.js"), "me"],
].map(([path, load, here]) => ({ pattern: new RegExp(`^${path}$`), load, here }));

export default async function connect(element) {
  if (!canKeepChecks()) return showFault(element);
  const person = await whoWorks(element);
  if (!person) return;
  const app = new App({ ...element.dataset, store: new Store(person, database), person, go: (url, options) => go(url, options) });
  const isOpen = await app.open().then(() => true, () => false);
  if (!isOpen) return showFault(element);
  if (await speaksOtherwise(app)) return location.reload();
  const go = router(app, element);
  light(app, document.getElementById("sync-light"));
  app.onChange(() => markDemonstration(app));
  markDemonstration(app);
  await go(location.pathname + location.search, { replace: true });
  requestAnimationFrame(() => performance.mark("mingcha-screen")); // bin/bench phone
  database.forgetAhead();
  await bringRest(app).catch(showLack);
}

/** Why no check can be kept in this browser. */
async function showFault(element) {
  const { lacks, storageRefused } = await import("./models/abilities.js");
  const { title, text } = lacks().find(({ blocks }) => blocks) ?? storageRefused();
  fill(element, notice(text, "problem", title));
}

async function bringRest(app) {
  const outward = await app.outward();
  outward.start();
  const { keepLook } = await import("./look.js");
  keepLook();
  await Promise.all(SCREENS.map(({ load }) => load?.()));
  const { fetchMap } = await import("./controllers/map.js");
  fetchMap().catch(() => {});
}

/** No signal, and nothing that keeps the app: what is on the screen is all there is. */
function showLack(error) {
  const again = button(t("再试一次"), { kind: "primary", onPress: () => location.reload() });
  const words = el("span", {}, t("页面没有取全，请在有信号的地方再打开一次。已经填的都在手机上。"));
  document.getElementById("toasts").append(el("div", { class: "toast", "data-state": "due" }, words, again));
  reportError(error);
}

function router(app, element) {
  const main = document.getElementById("main");
  const scrolled = new Map();
  let current = null;

  async function go(url, { replace = false, isBack = false } = {}) {
    const target = new URL(url, location.origin);
    const found = SCREENS.map((each) => ({ ...each, match: each.pattern.exec(target.pathname) })).find(({ match }) => match);
    if (!found) return location.assign(target);
    if (current && (await app.version?.changes())) {
      await current.leave();
      return location.assign(target);
    }
    if (current) scrolled.set(current.path, main.scrollTop);
    if (!isBack) history[replace ? "replaceState" : "pushState"]({}, "", target);
    if (current?.path === target.pathname && current.onQuery) return current.onQuery(target.searchParams);
    const left = current;
    const screen = (current = new Screen(app, target, found));
    await left?.leave();
    await (await shown(found))(screen);
    if (current !== screen) return screen.leave();
    screen.enter(element);
    main.scrollTop = isBack ? (scrolled.get(target.pathname) ?? 0) : 0;
    if (left) main.focus({ preventScroll: true });
  }

  /** No screen but the first does without what looks outwards. */
  async function shown({ load }) {
    if (!load) return today;
    const [{ default: show }] = await Promise.all([load(), app.outward()]);
    return show;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isOurs = link && link.origin === location.origin && /^\/m(\/|$)/.test(link.pathname) && !link.target;
    if (!isOurs || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.href).catch(failed);
  });
  addEventListener("popstate", () => go(location.href, { isBack: true }).catch(failed));
  return (url, options) => go(url, options).catch(failed);
}

async function failed(error) {
  reportError(error);
  const { toast } = await import("../helpers/toast.js");
  toast(t("这一步没有成功，内容还在手机上。请再试一次；仍不行请刷新页面。"), "problem");
}

/** What a screen fills while it is being made; `enter` puts all of it on the page at once, so nothing jumps. */
class Screen {
  body = document.createElement("div");
  onQuery = null;
  #leaving = [];
  #frame = { title: "", back: null, primary: [], isFlow: false };
  #isShown = false;
  #isLeft = false;
  #here;

  constructor(app, url, { match, here }) {
    Object.assign(this, { app, path: url.pathname, query: url.searchParams, id: match[1] ?? null });
    this.#here = here;
    this.body.className = "stack";
  }

  /** title, back (a path), primary (elements of the bottom bar), isFlow (no tabs: one thing at a time). */
  frame(changes) {
    Object.assign(this.#frame, changes);
    if (this.#isShown) this.#drawFrame();
  }

  show(...children) {
    fill(this.body, ...children);
  }

  /** Does `work` when the screen is left; at once where that has happened. */
  onLeave(work) {
    if (this.#isLeft) work();
    else this.#leaving.push(work);
  }

  enter(element) {
    this.#isShown = true;
    this.#drawFrame();
    fill(element, this.body);
  }

  async leave() {
    this.#isLeft = true;
    for (const work of this.#leaving.splice(0)) await work();
  }

  #drawFrame() {
    const { title, back, primary, isFlow } = this.#frame;
    const [heading, arrow, bar, nav] = ["heading", "back", "primary", "phone-nav"].map((id) => document.getElementById(id));
    document.title = `${title} · ${t("明察")}`;
    fill(heading, title);
    arrow.hidden = !back;
    if (back) arrow.href = back;
    bar.hidden = !primary.length;
    fill(bar, primary);
    nav.hidden = isFlow;
    for (const link of nav.querySelectorAll("a")) {
      if (link === nav.querySelectorAll("a")[["today", "nearby", "checks", "me"].indexOf(this.#here)]) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}
