// Facts that rules can be held against: what was looked at, one group a screen, each field with the input that suits it.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, chips, field, section } from "../helpers/parts.js";
import { rulesOfItem } from "../helpers/rule.js";
import { NOTHING, grouped, groupsOf, readGroup, stepOf, withGroup, withoutGroup } from "../models/facts.js";

const HIGHEST_CHIP = 12; // a number up to this is chosen, not typed

export function factsStep(flow) {
  const groups = groupsOf(flow.editor.draft);
  const list = groups.length > 0 && el("ul", { class: "rows" }, groups.map((group) => groupRow(flow, group)));
  const add = flow.factForms.map(({ subject, label }) => button(label, { iconName: "plus", onPress: () => begin(flow, subject) }));
  const words = t("看到的时间、人数、金额等，一组一组登记；提交后按当天有效的规则判定，提出的问题由执法人员确认。没有要登记的就跳过。");
  return [el("p", { class: "muted" }, words), list, section(t("登记一组"), el("div", { class: "subjects" }, add))];
}

/** 培训课 · 周六上午数学课 */
export function groupTitle(flow, step) {
  const group = groupsOf(flow.editor.draft).find((each) => stepOf(each) === step);
  return group ? [formOf(flow, group)?.label ?? group.subject, group.about.trim()].filter(Boolean).join(" · ") : "";
}

function groupRow(flow, group) {
  const state = flow.stateOf(stepOf(group));
  const open = el("button", { type: "button", class: "row", "data-blocks": String(state === "problem") }, icon(state === "problem" ? "warning" : "tick"), el("span", { class: "row-main" }, groupTitle(flow, stepOf(group))), icon("next"));
  open.addEventListener("click", () => flow.go(stepOf(group)));
  return el("li", {}, open);
}

async function begin(flow, subject) {
  const { most } = flow.app.bundle.factForms;
  if (groupsOf(flow.editor.draft).length >= most) return toast(t("一次检查最多登记 {n} 组事实", { n: most }), "due");
  const [draft, id] = withGroup(flow.editor.draft, subject);
  flow.editor.apply(() => draft);
  return flow.go(stepOf({ id }));
}

export function groupStep(flow) {
  const group = groupsOf(flow.editor.draft).find((each) => stepOf(each) === flow.step);
  const form = formOf(flow, group);
  if (!form) return [el("p", { class: "muted" }, t("手机上没有这一组的填写项，请联网更新数据后再填。")), remover(flow, group)];
  return new GroupForm(flow, group.id, form).elements();
}

function formOf({ app }, group) {
  return app.bundle.factForms.subjects.find(({ subject }) => subject === group?.subject);
}

function remover(flow, group) {
  const remove = button(t("删掉这一组"), { kind: "quiet" });
  remove.addEventListener("click", async () => {
    if (remove.dataset.armed === undefined) {
      remove.dataset.armed = "";
      return fill(remove.querySelector("span"), t("再按一次，这一组填的内容都会删掉"));
    }
    flow.editor.apply((draft) => withoutGroup(draft, group.id));
    return flow.go("facts");
  });
  return remove;
}

class GroupForm {
  #flow;
  #id;
  #form;
  #errors = new Map();
  #touched = new Set();

  constructor(flow, id, form) {
    this.#flow = flow;
    this.#id = id;
    this.#form = form;
  }

  elements() {
    const { app } = this.#flow;
    const rules = rulesOfItem(app, (app.bundle.rules ?? []).filter(({ subject }) => subject === this.#form.label));
    const about = this.#input("about", this.#group.about, { maxlength: 400, placeholder: t("例如 三年级二班、周六上午数学课") });
    const day = this.#input("day", this.#group.day, { type: "date" });
    const fields = this.#form.fields.map((each) => this.#field(each));
    for (const name of ["about", "day", ...Object.keys(this.#group.given)]) this.#touched.add(name);
    this.#check();
    return [
      this.#framed("about", field(t("是哪一个"), about, { optional: true })),
      ...fields,
      this.#framed("day", field(t("哪一天的事实"), day, { optional: true, hint: t("不填就是检查当天") })),
      rules,
      remover(this.#flow, this.#group),
    ];
  }

  get #group() {
    return groupsOf(this.#flow.editor.draft).find(({ id }) => id === this.#id);
  }

  #field(each) {
    const { name, label, kind } = each;
    const value = this.#group.given[name];
    if (kind === "yes_no") return this.#choice(name, label, [[true, t("是")], [false, t("否")]], value);
    if (kind === "word") return this.#choice(name, label, each.words, value);
    if (kind === "words") return this.#several(each, value);
    if (kind === "number" && each.high <= HIGHEST_CHIP) return this.#choice(name, label, span(each.low, each.high), Number(value) || null);
    const input = this.#input(name, value ?? "", inputOf(each));
    if (kind === "time") input.addEventListener("change", () => this.#writeOut(name, input));
    return this.#framed(name, field(each.unit ? t("{label}（{unit}）", { label, unit: each.unit }) : label, input));
  }

  /** What is typed is kept as it is typed; what is wrong with it is said below when the field is left. */
  #input(name, value, attributes) {
    const input = el("input", { type: "text", value, autocomplete: "off", ...attributes });
    input.addEventListener("input", () => this.#put(name, input.value));
    input.addEventListener("change", () => this.#settle(name));
    return input;
  }

  /** 1900 → 19:00, so that one sees how it was understood. */
  #writeOut(name, input) {
    const { facts } = readGroup(this.#group, this.#form, this.#flow.app.bundle.factForms);
    if (!facts[name]) return;
    input.value = facts[name];
    this.#put(name, input.value);
  }

  /** One of few, which can be taken back by pressing it again. */
  #choice(name, label, options, value) {
    const byText = new Map(options.map(([stored]) => [String(stored), stored]));
    const group = chips(label, options.map(([stored, words]) => [String(stored), words]), value === undefined || value === null ? null : String(value), (chosen) => {
      this.#put(name, chosen === null ? null : byText.get(chosen));
      this.#settle(name);
    });
    return this.#framed(name, el("fieldset", { class: "field" }, el("legend", {}, label), group));
  }

  #several({ name, label, words }, value) {
    const options = [...words, [NOTHING, t("都没有")]];
    const boxes = options.map(([stored, said]) => {
      const chip = el("button", { type: "button", class: "button", "data-value": stored }, icon("tick"), said);
      chip.addEventListener("click", () => {
        const now = this.#group.given[name] ?? [];
        const isOn = now.includes(stored);
        const others = stored === NOTHING ? [] : now.filter((each) => each !== stored && each !== NOTHING);
        this.#put(name, isOn ? others : [...others, stored]);
        this.#settle(name);
        show();
      });
      return chip;
    });
    const show = () => {
      const now = this.#group.given[name] ?? value ?? [];
      for (const chip of boxes) chip.setAttribute("aria-pressed", String(now.includes(chip.dataset.value)));
    };
    show();
    return this.#framed(name, el("fieldset", { class: "field" }, el("legend", {}, label), el("div", { class: "pick", role: "group", "aria-label": label }, boxes)));
  }

  #framed(name, element) {
    const error = el("p", { class: "field-error", role: "status", hidden: true });
    this.#errors.set(name, error);
    element.append(error);
    return element;
  }

  #put(name, value) {
    const isField = name !== "about" && name !== "day";
    this.#flow.editor.apply((draft) => grouped(draft, this.#id, isField ? {} : { [name]: value }, isField ? { [name]: value } : {}));
    this.#flow.refresh();
  }

  #settle(name) {
    this.#touched.add(name);
    this.#check();
  }

  #check() {
    const { wrong } = readGroup(this.#group, this.#form, this.#flow.app.bundle.factForms);
    for (const [name, error] of this.#errors) {
      const words = this.#touched.has(name) ? wrong[name] : null;
      error.hidden = !words;
      fill(error, words && [icon("warning"), el("span", {}, words)]);
      error.parentElement?.querySelector("input")?.setAttribute("aria-invalid", String(Boolean(words)));
    }
  }
}

function span(low, high) {
  return Array.from({ length: high - low + 1 }, (_, n) => [low + n, String(low + n)]);
}

function inputOf({ kind }) {
  if (kind === "day") return { type: "date" };
  if (kind === "time") return { inputmode: "numeric", placeholder: "20:30", maxlength: 5 };
  return { inputmode: kind === "sum" ? "decimal" : "numeric", maxlength: 13 };
}
