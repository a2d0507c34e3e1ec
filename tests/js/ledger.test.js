import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import connect, { next } from "../../static/desk/ledger.js";

// What of a page the keys look at
class Place {
  constructor(name, more = {}) {
    Object.assign(this, { name, checked: false, marks: new Set() }, more);
  }
  matches = (names) => names.split(", ").some((each) => each === this.name || each === this.mark);
  closest = () => this.row;
  focus = () => (globalThis.document.activeElement = this);
}

function row(number) {
  const link = new Place("a");
  const tr = { number, link, focused: false, scrollIntoView() {}, contains: (place) => place === link };
  tr.toggleAttribute = (name, on) => (tr.isPicked = on);
  tr.box = new Place("input", { type: "checkbox", row: tr });
  tr.querySelector = (name) => (name === ".name a" ? link : tr.box);
  return tr;
}

function ledgerOf(rows) {
  const told = new Place("span", { textContent: "" });
  const every = new Place("input", { type: "checkbox" });
  const all = { "tr[data-row]": rows, ".pick input": rows.map((each) => each.box) };
  const one = { "[data-picked]": told, "#pick-every": every };
  const heard = {};
  return { told, every, heard, querySelectorAll: (name) => all[name], querySelector: (name) => one[name], addEventListener: (name, f) => (heard[name] = f) };
}

let rows, ledger, leave, listeners;

beforeEach(() => {
  listeners = {};
  globalThis.HTMLElement = Place;
  globalThis.document = { activeElement: null, documentElement: { lang: "zh" }, addEventListener: (name, f) => (listeners[name] = f), removeEventListener: (name) => delete listeners[name] };
  rows = [row(0), row(1), row(2)];
  ledger = ledgerOf(rows);
  leave = connect(ledger);
});

afterEach(() => {
  leave();
  assert.deepEqual(listeners, {});
  delete globalThis.document;
  delete globalThis.HTMLElement;
});

function press(key, more = {}) {
  const event = { key, target: globalThis.document.activeElement ?? new Place("body"), preventDefault: () => (event.isTaken = true), ...more };
  listeners.keydown(event);
  return Boolean(event.isTaken);
}

const at = () => rows.findIndex((each) => each.link === globalThis.document.activeElement);

test("the first key finds the first row or the last, and no row lies beyond either end", () => {
  assert.deepEqual([next(3, -1, 1), next(3, -1, -1)], [0, 2]);
  assert.deepEqual([next(3, 1, 1), next(3, 2, 1), next(3, 0, -1)], [2, 2, 0]);
  assert.equal(next(0, -1, 1), -1);
});

test("j and k move from row to row", () => {
  assert.ok(press("j"));
  assert.equal(at(), 0);
  press("j");
  press("j");
  press("j");
  assert.equal(at(), 2);
  press("k");
  assert.equal(at(), 1);
});

test("space ticks the row that has the focus and says how many are ticked", () => {
  press("j");
  assert.ok(press(" "));
  assert.ok(rows[0].box.checked && rows[0].isPicked);
  assert.match(ledger.told.textContent, /1/);
  press(" ");
  assert.equal(ledger.told.textContent, "");
});

test("space scrolls the page where no row has the focus, and presses a button that has it", () => {
  assert.ok(!press(" "));
  press("j");
  assert.ok(!press(" ", { target: new Place("button") }));
  assert.ok(rows.every((each) => !each.box.checked));
});

test("a key that is typed into a field, or pressed with Ctrl, is left alone", () => {
  assert.ok(!press("j", { target: new Place("input", { type: "search" }) }));
  assert.ok(!press("j", { ctrlKey: true }));
  assert.ok(!press("k", { metaKey: true }));
  assert.equal(at(), -1);
  assert.ok(press("j", { target: rows[0].box }));
});

test("the tick above the table ticks the page; all that was found is marked as well", () => {
  const page = new Place("input", { mark: "[data-pick-page]", checked: true });
  ledger.heard.change({ target: page });
  assert.ok(rows.every((each) => each.box.checked && each.isPicked));
  assert.match(ledger.told.textContent, /3/);
  page.checked = false;
  ledger.heard.change({ target: page });
  ledger.every.checked = true;
  ledger.heard.change({ target: ledger.every });
  assert.ok(rows.every((each) => !each.box.checked && each.isPicked));
  assert.ok(ledger.told.textContent);
});
