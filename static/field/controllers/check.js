// A check, one question group a screen. Each change is kept as it is made; a reload comes back to the same step.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, empty, linkButton, notice } from "../helpers/parts.js";
import { missing, sections, steps } from "../models/draft.js";
import { Editor } from "../models/editor.js";
import { groupsOf } from "../models/facts.js";
import { knownProblems } from "../models/rechecks.js";
import { fetchList } from "../models/refresh.js";
import { holdDraft } from "./alone.js";
import { factsStep, groupStep, groupTitle } from "./check-facts.js";
import finishStep from "./check-finish.js";
import itemsStep from "./check-items.js";
import knownStep from "./check-known.js";
import photosStep from "./check-photos.js";
import positionStep from "./check-position.js";
import signatureStep from "./check-signature.js";
import startStep from "./check-start.js";
import { nothingYet } from "./live.js";
import { swipes } from "./swipe.js";

const STEPS = { start: startStep, facts: factsStep, known: knownStep, photos: photosStep, position: positionStep, signature: signatureStep, finish: finishStep };

export default async function check(screen) {
  const { app } = screen;
  screen.frame({ title: t("检查"), back: "/m/checks", isFlow: true });
  const draft = await app.store.draft(screen.id);
  if (!draft || (await app.store.record(screen.id))) return gone(screen);
  if (!app.bundle) return nothingYet(screen);
  if (!(await holdAlone(screen))) return screen.show(notice(t("这份草稿在另一个页面开着。请到那个页面继续，或先关掉它。"), "due", t("一份草稿只能在一个页面里填")));
  const list = draft.list ?? app.bundle.checklist(draft.checklist) ?? (draft.checklist && (await fetchList(draft.checklist)));
  if (draft.checklist && !list) return listIsGone(screen);
  const flow = new Flow(screen, draft, list);
  await flow.open(screen.query.get("step") ?? draft.step);
}

async function gone(screen) {
  if (await screen.app.store.record(screen.id)) return screen.app.go(`/m/checks/${screen.id}`, { replace: true });
  screen.show(empty(t("手机上没有这份草稿"), t("它可能已经提交，或在另一台手机上。"), linkButton(t("看我的检查"), "/m/checks"), "edit"));
}

/** Without its list the answers that are given would have no words; they stay where they are. */
function listIsGone(screen) {
  screen.show(notice(t("这份草稿用的那一版检查清单不在手机上了。已填的内容都还在；有信号时再打开，会自动取回清单。"), "due", t("缺少检查清单")), linkButton(t("看我的检查"), "/m/checks"));
}

async function holdAlone(screen) {
  const letGo = await holdDraft(screen.id);
  if (letGo) screen.onLeave(letGo);
  return Boolean(letGo);
}

/** What the steps work with: screen, app, editor, checklist, and `go(step)`. */
class Flow {
  screen;
  app;
  editor;
  checklist;
  step = "start";
  #progress = el("button", { type: "button", class: "step-bar", "aria-haspopup": "dialog" });
  #body = el("div", { class: "stack step-body" });
  #dialog = el("dialog", { class: "dialog sheet", "aria-label": t("所有步骤") });
  #leaving = [];
  #turn = 0;

  constructor(screen, draft, list) {
    this.screen = screen;
    this.app = screen.app;
    this.editor = new Editor(screen.app.store, draft, (error) => this.#notSaved(error));
    this.checklist = list;
    if (list && !draft.list) this.editor.apply((known) => ({ ...known, list }));
    this.#progress.addEventListener("click", () => this.#openSteps());
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.close());
    screen.onLeave(swipes(this.#body, (by) => this.move(by)));
    screen.onLeave(() => this.#leave());
    screen.onLeave(() => this.editor.flush().catch(() => {}));
    screen.onLeave(this.app.whereabouts.follow((fix) => fix && this.editor.addFix(fix)));
    screen.onQuery = (query) => this.open(query.get("step") ?? "start");
  }

  get isCertified() {
    return Boolean(this.app.bundle.person.certificate);
  }

  /** Problems of the site that are known and not struck off, and those that the draft speaks of. */
  get problems() {
    const { draft } = this.editor;
    return knownProblems(draft, this.app.bundle.problemsAt(draft.site_id));
  }

  /** The forms of the facts that this person can record here. */
  get factForms() {
    const { bundle } = this.app;
    return bundle.factsAt(bundle.site(this.editor.draft.site_id));
  }

  get steps() {
    const { draft } = this.editor;
    const hasFacts = this.factForms.length || groupsOf(draft).length;
    return steps(this.checklist, { kind: draft.kind, problems: this.problems, draft: hasFacts ? draft : null });
  }

  /** All that is lacking, in the order of the steps. */
  missing() {
    return missing(this.editor.draft, this.checklist, { isCertified: this.isCertified, language: this.app.language, problems: this.problems, factForms: this.app.bundle.factForms });
  }

  async open(step) {
    const turn = ++this.#turn;
    await this.#leave();
    this.step = this.steps.includes(step) ? step : this.steps[0];
    if (this.editor.draft.step !== this.step) this.editor.apply({ step: this.step });
    const index = this.steps.indexOf(this.step);
    const show = STEPS[this.step] ?? (this.step.startsWith("fact-") ? groupStep : itemsStep);
    const content = await show(this);
    if (turn !== this.#turn) return;
    fill(this.#body, el("h2", { class: "step-title", tabindex: "-1" }, this.titleOf(this.step)), content);
    if (!this.#body.isConnected) this.screen.show(this.#progress, this.#body, this.#dialog);
    document.getElementById("main").scrollTop = 0;
    this.refresh();
    this.screen.frame({ title: this.editor.draft.site_name, primary: this.#buttons(index) });
  }

  /** Redraws what shows how far the check has come. */
  refresh() {
    const index = this.steps.indexOf(this.step);
    const dots = this.steps.map((step) => el("span", { class: "dot", "data-state": this.stateOf(step), "data-here": String(step === this.step) }));
    fill(this.#progress, el("span", { class: "dots", "aria-hidden": "true" }, dots), el("span", { class: "step-count" }, t("第 {n} 步，共 {of} 步", { n: index + 1, of: this.steps.length })), icon("list"));
  }

  go(step) {
    return this.app.go(`/m/check/${this.editor.draft.id}?step=${step}`);
  }

  move(by) {
    const next = this.steps[this.steps.indexOf(this.step) + by];
    return next && this.go(next);
  }

  onLeaveStep(work) {
    this.#leaving.push(work);
  }

  titleOf(step) {
    const [, number] = /^items-(\d+)$/.exec(step) ?? [];
    if (number) return sections(this.checklist, this.app.language)[number - 1].title;
    if (step.startsWith("fact-")) return groupTitle(this, step);
    return { start: t("检查信息"), facts: t("登记事实"), known: t("已知问题"), photos: t("现场照片"), position: t("位置"), signature: t("负责人签字"), finish: t("核对并提交") }[step];
  }

  /** "done", "problem" (blocks), or "" of a step. */
  stateOf(step) {
    const lacking = this.missing().filter((each) => each.step === step);
    if (lacking.some(({ blocks }) => blocks)) return "problem";
    const isOpen = step === "finish" || (step === "facts" && !groupsOf(this.editor.draft).length);
    return lacking.length || isOpen ? "" : "done";
  }

  #buttons(index) {
    const back = index > 0 && button(t("上一步"), { onPress: () => this.move(-1) });
    if (this.step === "finish") return [back, this.finishButton].filter(Boolean);
    return [back, button(t("下一步"), { kind: "primary", onPress: () => this.move(1) })].filter(Boolean);
  }

  #openSteps() {
    const items = this.steps.map((step) => {
      const open = el("button", { type: "button", class: "row step-row", "aria-current": step === this.step && "step" }, icon(this.stateOf(step) === "done" ? "tick" : this.stateOf(step) === "problem" ? "warning" : "more"), el("span", { class: "row-main" }, this.titleOf(step)), step === this.step && el("span", { class: "row-side" }, t("现在")));
      open.addEventListener("click", () => {
        this.#dialog.close();
        this.go(step);
      });
      return el("li", {}, open);
    });
    fill(this.#dialog, el("ul", { class: "rows" }, items));
    this.#dialog.showModal();
  }

  #leave() {
    return Promise.allSettled(this.#leaving.splice(0).map((work) => work()));
  }

  #notSaved(error) {
    const isFull = error?.name === "QuotaExceededError";
    toast(isFull ? t("手机空间不够，刚才的内容还没有存下。请先上传或清理空间，不要关掉这个页面。") : t("刚才的内容还没有存下，正在重试，请不要关掉这个页面。"), "problem");
    setTimeout(() => this.editor.flush().catch(() => {}), 3000);
  }
}
