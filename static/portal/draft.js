// What was typed stays in this browser until the report is sent: for a month, under the id of what is answered.

import { fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const KEEP_MS = 30 * 24 * 3600 * 1000;
const NAMES = /^(done-|claim-|note-|verdict-)|^(name|telephone|text|days|reason)$/;

/** Puts back what an empty form was left with, and keeps what is typed. Gives what ends it. */
export function keepDraft(form, store = localStorage, now = Date.now) {
  const key = `answer ${form.dataset.draft}`;
  const kept = read(store, key, now());
  const isFresh = !values(form).some(([, value]) => value);
  if (kept && isFresh && putBack(form, kept)) say(form, t("上次写的内容已放回来，还没有提交。"));
  const keep = () => {
    try {
      store.setItem(key, JSON.stringify({ at: now(), values: Object.fromEntries(values(form)) }));
      say(form, t("写的内容已存在这台设备上，还没有提交。"));
    } catch {
      // A browser without room keeps nothing; the form itself still holds it.
    }
  };
  form.addEventListener("input", keep);
  return () => form.removeEventListener("input", keep);
}

/** Once it was sent there is nothing to put back. */
export function forgetDraft(id, store = localStorage) {
  store.removeItem(`answer ${id}`);
}

function values(form) {
  return [...new FormData(form)].filter(([name, value]) => NAMES.test(name) && typeof value === "string");
}

function read(store, key, now) {
  try {
    const kept = JSON.parse(store.getItem(key));
    return kept && now - kept.at < KEEP_MS ? kept.values : null;
  } catch {
    return null;
  }
}

function putBack(form, kept) {
  let n = 0;
  for (const [name, value] of Object.entries(kept)) {
    const field = NAMES.test(name) && value ? form.elements.namedItem(name) : null;
    if (!field) continue;
    field.value = value; // of a group of choices it ticks the one
    n += 1;
  }
  return n;
}

function say(form, words) {
  const place = form.querySelector(".answer-draft");
  if (!place) return;
  place.hidden = false;
  fill(place, words);
}
