import assert from "node:assert/strict";
import { test } from "node:test";

import { answered, answeredTogether, captioned, changed, missing, moved, newDraft, noted, photosOf, sections, steps, withFile, withoutFile } from "../../../static/field/models/draft.js";
import { makeRecord } from "../../../static/field/models/record.js";
import { CHECKLIST, PERSON, SITE, bytesOf, photoFile } from "./kit.js";

const NOW = new Date("2026-11-21T12:40:00Z");

function draft() {
  return newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST, now: NOW });
}

test("a task gives its kind and is named in the record", () => {
  const made = newDraft({ personId: PERSON, site: SITE, task: { id: "t", kind: "recheck" } });
  assert.deepEqual([made.kind, made.task_id], ["recheck", "t"]);
});

test("there is a step for each section, in the order of the list", () => {
  assert.deepEqual(steps(CHECKLIST), ["start", "items-1", "items-2", "photos", "position", "signature", "finish"]);
  assert.deepEqual(steps(null), ["start", "photos", "position", "signature", "finish"]);
  assert.deepEqual(sections(CHECKLIST, "en").map(({ title }) => title), ["Teaching", "Training"]);
});

test("a verdict for the whole section leaves what was said of one item", () => {
  const one = noted(answered(draft(), "zd-02", "not_compliant"), "zd-02", "周考排名");
  const all = answeredTogether(one, ["zd-01", "zd-02"], "compliant");
  assert.equal(all.answers["zd-01"].verdict, "compliant");
  assert.deepEqual(all.answers["zd-02"], { verdict: "not_compliant", note: "周考排名" });
});

test("changing one's mind about a verdict keeps the note", () => {
  const twice = answered(noted(answered(draft(), "zd-01", "not_compliant"), "zd-01", "x"), "zd-01", "compliant");
  assert.deepEqual(twice.answers["zd-01"], { verdict: "compliant", note: "x" });
});

test("not compliant asks for a note and a photo of that very item", async () => {
  const bad = answered(draft(), "zd-15", "not_compliant");
  const blocking = (each) => missing(each, CHECKLIST).filter(({ blocks }) => blocks);
  assert.deepEqual(blocking(bad).map(({ step, item }) => [step, item]), [["items-2", "zd-15"], ["items-2", "zd-15"]]);
  const elsewhere = withFile(noted(bad, "zd-15", "无证"), await photoFile(bytesOf("a"), { item: "zd-01" }));
  assert.equal(blocking(elsewhere).length, 1);
  assert.equal(blocking(withFile(elsewhere, await photoFile(bytesOf("b"), { item: "zd-15" }))).length, 0);
});

test("a note of blanks is no note", () => {
  const bad = noted(answered(draft(), "zd-15", "not_compliant"), "zd-15", "  ");
  assert.ok(missing(bad, CHECKLIST).some(({ text }) => text.includes("写明情况")));
});

test("nothing else blocks: a check in a basement with no signature can be finished", () => {
  assert.ok(missing(draft(), CHECKLIST).length > 4);
  assert.deepEqual(missing(draft(), CHECKLIST).filter(({ blocks }) => blocks), []);
});

test("who has no certificate is not asked for what only officers do", () => {
  const steps = missing(draft(), CHECKLIST, { isCertified: false }).map(({ step }) => step);
  assert.ok(!steps.includes("start") && !steps.includes("signature"));
});

test("photos change places among themselves, past the signature", async () => {
  const [a, b] = [await photoFile(bytesOf("a")), await photoFile(bytesOf("b"))];
  const ink = await photoFile(bytesOf("s"), { purpose: "signature" });
  const made = [a, ink, b].reduce(withFile, draft());
  assert.deepEqual(photosOf(moved(made, b.id, -1)).map(({ id }) => id), [b.id, a.id]);
  assert.equal(moved(made, a.id, -1), made);
  assert.deepEqual(photosOf(withoutFile(captioned(made, b.id, "门口"), a.id)).map(({ caption }) => caption), ["门口"]);
});

test("the record says unseen where nobody looked, in the order of the list", () => {
  const device = { id: "d", sequence: 7, user_agent: "UA", clock_offset_ms: -12 };
  const record = makeRecord(noted(answered(draft(), "zd-15", "not_compliant"), "zd-15", " 无证 "), device, CHECKLIST, NOW);
  assert.deepEqual(record.answers, [
    { item: "zd-01", verdict: "unseen", note: "" },
    { item: "zd-02", verdict: "unseen", note: "" },
    { item: "zd-15", verdict: "not_compliant", note: "无证" },
  ]);
  assert.deepEqual(record.device, device);
  assert.equal(record.finished_at, "2026-11-21T12:40:00.000Z");
});

test("the signature is the last file and takes the place of a refusal", async () => {
  const ink = await photoFile(bytesOf("s"), { purpose: "signature" });
  const made = [ink, await photoFile(bytesOf("a"))].reduce(withFile, changed(draft(), { signature_refused: "拒签" }));
  const record = makeRecord(made, { id: "d", sequence: 1 }, CHECKLIST, NOW);
  assert.deepEqual(record.files.map(({ purpose, position }) => [purpose, position]), [["scene", 0], ["signature", 1]]);
  assert.equal(record.signature.refused, null);
});
