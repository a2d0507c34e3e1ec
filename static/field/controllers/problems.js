// 我的问题: the open problems that this person answers for, the first due first. A tap leads to the site, to look again.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { empty, linkButton, row, rows, siteIcon } from "../helpers/parts.js";
import { dueState, isLate, isSoon, nextStep } from "../helpers/problem.js";
import { live, nothingYet } from "./live.js";

const TYPING_MS = 120;

export default async function problems(screen) {
  const { app } = screen;
  screen.frame({ title: t("我的问题"), back: "/m/me" });
  const view = new Problems(screen);
  await live(screen, async () => (app.bundle ? view.draw() : nothingYet(screen)));
}

class Problems {
  #screen;
  #late = null;
  #search = el("input", { class: "input", type: "search", placeholder: t("搜点位、问题、文号"), "aria-label": t("搜点位、问题、文号"), enterkeyhint: "search" });
  #chips = el("div", { class: "pick" });
  #list = el("div", { class: "stack-tight" });
  #isBuilt = false;

  constructor(screen) {
    this.#screen = screen;
    let waiting;
    this.#search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.#drawList(), TYPING_MS);
    });
  }

  draw() {
    if (!this.#isBuilt) this.#screen.show(this.#chips, this.#search, this.#list);
    this.#isBuilt = true;
    this.#drawChips();
    this.#drawList();
  }

  #drawChips() {
    const all = this.#screen.app.bundle.myProblems();
    const chip = (value, words, count) => {
      const made = el("button", { type: "button", class: "button", "aria-pressed": String(this.#late === value) }, t("{words} {n}", { words, n: count }));
      made.addEventListener("click", () => {
        this.#late = value;
        this.draw();
      });
      return made;
    };
    fill(this.#chips, chip(null, t("全部"), all.length), chip("late", t("逾期"), all.filter((each) => isLate(each)).length), chip("soon", t("临期"), all.filter((each) => isSoon(each)).length));
  }

  #drawList() {
    const { bundle } = this.#screen.app;
    const typed = this.#search.value.normalize("NFKC").trim().toLowerCase();
    const fits = (problem) => !typed || `${bundle.site(problem.site_id).name} ${problem.text} ${problem.order ?? ""}`.normalize("NFKC").toLowerCase().includes(typed);
    const chosen = { late: isLate, soon: isSoon }[this.#late] ?? (() => true);
    const found = bundle.myProblems().filter((problem) => chosen(problem) && fits(problem));
    fill(this.#list, found.length ? rows(found.map((problem) => problemRow(bundle, problem))) : this.#nothing(typed));
  }

  #nothing(typed) {
    if (typed) return empty(t("没有找到“{typed}”", { typed: this.#search.value.trim() }), t("换一个词，或者清空看全部问题。"), null, "search");
    if (this.#late) return empty(t("这里没有问题"), t("换一组看看。"), null, "flag");
    return empty(t("没有要您跟的问题"), t("您发现或确认的、以及您责任区里没有销号的问题会列在这里。"), linkButton(t("看附近"), "/m/nearby"), "flag");
  }
}

/** One problem: the site, what is wrong, its order, how long it has, and what comes next. */
function problemRow(bundle, problem) {
  const site = bundle.site(problem.site_id);
  const [text] = problem.text.split("\n");
  return row({
    title: site.name,
    detail: [text, problem.order, nextStep(problem)].filter(Boolean).join(" · "),
    href: `/m/sites/${site.id}?recheck=1`,
    iconName: siteIcon(site),
    meta: problem.due_on ?? "",
    state: problem.step === "suspended" ? ["unknown", t("期限已中止")] : dueState(problem.due_on),
  });
}
