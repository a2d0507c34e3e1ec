// The components of docs/look.md for scripts: the same markup as the macros make.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";

const SHAPES = { ok: "ok", due: "clock", problem: "warning", unknown: "unknown" };
const KIND_ICONS = { school: "school", institution: "institution", suspected: "suspected" };

export function button(text, { kind = "", iconName = "", wide = false, onPress = null, ...attributes } = {}) {
  const made = el("button", { type: "button", class: classes(kind, wide), ...attributes }, iconName && icon(iconName), el("span", {}, text));
  if (onPress) made.addEventListener("click", onPress);
  return made;
}

export function iconButton(label, iconName, onPress, attributes = {}) {
  const made = el("button", { type: "button", class: "button button-quiet button-icon", title: label, ...attributes }, icon(iconName, label));
  made.addEventListener("click", onPress);
  return made;
}

export function linkButton(text, href, { kind = "", iconName = "", wide = false } = {}) {
  return el("a", { class: classes(kind, wide), href }, iconName && icon(iconName), el("span", {}, text));
}

function classes(kind, wide) {
  return ["button", kind && `button-${kind}`, wide && "button-wide"].filter(Boolean).join(" ");
}

export function state(kind, text) {
  return el("span", { class: "state", "data-state": kind }, icon(SHAPES[kind] ?? "unknown"), text);
}

export function notice(text, kind = "", title = "", ...children) {
  const body = el("div", { class: "notice-body" }, title && el("p", {}, el("strong", {}, title)), text && el("p", {}, text), children);
  return el("div", { class: "notice", "data-state": kind || null }, icon(SHAPES[kind] ?? "info"), body);
}

/** One row of a list; a link where there is an `href`. `state` is [kind, words]. */
export function row({ title, detail = "", meta = "", href = null, iconName = "", state: given = null, ...attributes }) {
  const side = (given || meta) && el("span", { class: "row-side" }, given && state(...given), meta && el("span", { class: "row-meta" }, meta));
  const main = el("span", { class: "row-main" }, el("span", { class: "row-title" }, title), detail && el("span", { class: "row-detail" }, detail));
  return el("li", {}, el(href ? "a" : "div", { class: "row", href, ...attributes }, iconName && icon(iconName), main, side));
}

export function rows(items) {
  return el("ul", { class: "rows" }, items);
}

export function siteIcon(site) {
  return KIND_ICONS[site.kind] ?? "location";
}

export function section(title, ...children) {
  return el("section", { class: "stack-tight" }, el("h2", {}, title), children);
}

export function card(title, ...children) {
  return el("section", { class: "card" }, title && el("div", { class: "card-head" }, el("h2", {}, title)), el("div", { class: "card-body" }, children));
}

export function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.map(([word, value]) => [el("dt", {}, word), el("dd", {}, value || "—")]));
}

export function empty(title, text = "", action = null, iconName = "list") {
  const picture = icon(iconName);
  picture.classList.add("icon-lg");
  return el("div", { class: "empty" }, picture, el("p", { class: "empty-title" }, title), text && el("p", {}, text), action);
}

let count = 0;

/** A labelled control: an input, select or textarea. */
export function field(label, control, { hint = "", optional = false } = {}) {
  control.id ||= `f-${++count}`;
  control.classList.add("input");
  const words = el("label", { for: control.id }, label, optional && [" ", el("span", { class: "field-optional" }, t("选填"))]);
  if (hint) control.setAttribute("aria-describedby", `${control.id}-hint`);
  return el("div", { class: "field" }, words, hint && el("p", { class: "field-hint", id: `${control.id}-hint` }, hint), control);
}

/** <select> of [[value, words]]. */
export function select(options, value, onChange) {
  const made = el("select", {}, options.map(([stored, words]) => el("option", { value: stored, selected: stored === value }, words)));
  made.addEventListener("change", () => onChange(made.value));
  return made;
}

/** Chips of which one or none is pressed: [[value, words]]. */
export function chips(label, options, value, onChange) {
  const group = el("div", { class: "pick", role: "group", "aria-label": label });
  const show = (chosen) => {
    for (const chip of group.children) chip.setAttribute("aria-pressed", String(chip.dataset.value === chosen));
  };
  for (const [stored, words] of options) {
    const chip = el("button", { type: "button", class: "button", "data-value": stored, "aria-pressed": "false" }, icon("tick"), words);
    chip.addEventListener("click", () => {
      const chosen = chip.getAttribute("aria-pressed") === "true" ? null : stored;
      show(chosen);
      onChange(chosen);
    });
    group.append(chip);
  }
  show(value);
  return group;
}
