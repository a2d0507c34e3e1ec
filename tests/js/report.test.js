import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetDraft, openDraft } from "../../static/portal/report-draft.js";
import { startWork } from "../../static/portal/work.js";

const WEEK_MS = 7 * 24 * 3600 * 1000;

function store(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value), removeItem: (key) => delete kept[key] };
}

/** A form as far as the draft looks at it: named fields, and boxes of one name. */
function form(values, boxes = []) {
  const fields = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { name, value }]));
  return {
    fields,
    elements: { namedItem: (name) => fields[name] ?? null },
    querySelectorAll: (selector) => boxes.filter(({ name }) => selector.includes(`"${name}"`)),
    entries: () => [...Object.values(fields).map(({ name, value }) => [name, value]), ...boxes.filter(({ checked }) => checked).map(({ name, value }) => [name, value])],
  };
}

globalThis.FormData = class {
  constructor(of) {
    this.of = of;
  }

  [Symbol.iterator]() {
    return this.of.entries()[Symbol.iterator]();
  }
};

test("what was written comes back, under the number that it was written under", () => {
  const kept = store();
  const box = () => ({ name: "band", value: "weekend", checked: false });
  const first = form({ form_id: "one", text: "三楼有人补课", near: "" }, [{ ...box(), checked: true }]);
  openDraft(first, "361129", kept).keep();
  const again = form({ form_id: "two", text: "", near: "" }, [box()]);
  assert.equal(openDraft(again, "361129", kept).restored, true);
  assert.deepEqual([again.fields.text.value, again.fields.form_id.value], ["三楼有人补课", "one"]);
  assert.equal(again.querySelectorAll('"band"')[0].checked, true);
});

test("who wrote it is never kept, nor the proof of work", () => {
  const kept = store();
  openDraft(form({ text: "a", complainant_name: "吴", complainant_phone: "139", altcha: "x" }), "361129", kept).keep();
  assert.doesNotMatch(kept.kept["report 361129"], /吴|139|altcha/);
});

test("a draft is of one county, ends after a week, and goes when it was sent", () => {
  const kept = store();
  openDraft(form({ text: "a" }), "361129", kept, () => 0).keep();
  assert.equal(openDraft(form({ text: "" }), "361128", kept, () => 1).restored, false);
  assert.equal(openDraft(form({ text: "" }), "361129", kept, () => WEEK_MS - 1).restored, true);
  assert.equal(openDraft(form({ text: "" }), "361129", kept, () => WEEK_MS).restored, false);
  assert.deepEqual(kept.kept, {});
  openDraft(form({ text: "a" }), "361129", kept).keep();
  forgetDraft("361129", kept);
  assert.deepEqual(kept.kept, {});
});

test("what the server gave back is not written over, and rubbish in the store is passed over", () => {
  const kept = store();
  openDraft(form({ text: "alt" }), "361129", kept).keep();
  const returned = form({ text: "typed and refused" });
  assert.equal(openDraft(returned, "361129", kept).restored, false);
  assert.equal(returned.fields.text.value, "typed and refused");
  for (const rubbish of ["{", "null", '{"at":1}', '{"at":9e15,"entries":[["onclick","x"],["text",7],["form_id"]]}']) {
    const fresh = form({ text: "" });
    openDraft(fresh, "361129", store({ "report 361129": rubbish }));
    assert.equal(fresh.fields.text.value, "");
  }
});

test("a browser that keeps nothing still lets one write", () => {
  const closed = { getItem() { throw new Error("closed"); }, setItem() { throw new Error("full"); }, removeItem() { throw new Error("closed"); } };
  assert.equal(openDraft(form({ text: "" }), "361129", closed).keep(), false);
  forgetDraft("361129", closed);
});

globalThis.location = { href: "https://example.test/report/361129" };

test("without an answer in time, a challenge or a worker a letter goes without a proof", async () => {
  const never = () => new Promise(() => {});
  assert.equal(await startWork("/challenge", "one", { fetch: never }).answer(5), "");
  assert.equal(await startWork("/challenge", "one", { fetch: async () => ({ ok: false }) }).answer(), "");
  const given = async () => ({ ok: true, json: async () => ({ parameters: {} }) });
  class Broken {
    postMessage() {
      this.onerror(new Error("no cryptography"));
    }
    terminate() {}
  }
  assert.equal(await startWork("/challenge", "one", { fetch: given, Worker: Broken }).answer(), "");
});

test("the proof names its challenge and the form that it was made for", async () => {
  const asked = [];
  const fetch = async (url) => {
    asked.push(String(url));
    return { ok: true, json: async () => ({ parameters: { nonce: "00" }, signature: "s" }) };
  };
  class Quick {
    postMessage({ parameters }) {
      queueMicrotask(() => this.onmessage({ data: { counter: 3, derivedKey: parameters.nonce } }));
    }
    terminate() {}
  }
  const answer = await startWork("/challenge", "one", { fetch, Worker: Quick }).answer();
  assert.deepEqual(asked, ["https://example.test/challenge?form=one"]);
  assert.deepEqual(JSON.parse(atob(answer)), { challenge: { parameters: { nonce: "00" }, signature: "s" }, solution: { counter: 3, derivedKey: "00" } });
});
