import assert from "node:assert/strict";
import { test } from "node:test";

import { send } from "../../static/hotline/sending.js";
import { spelled } from "../../static/hotline/spelling.js";

const answering = (status, body, more = {}) => async () => ({ status, ok: status < 300, redirected: false, json: async () => body, ...more });

test("each letter of a code is said in two ways, and none sounds like another", () => {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const [said] = spelled(letters);
  for (const way of ["international", "mandarin"]) assert.equal(new Set(said.map((each) => each[way])).size, letters.length);
  assert.deepEqual(spelled("7K-Q").map((group) => group.length), [2, 1]);
});

test("a call that was taken comes with its receipt, and one that is wrong with its fields", async () => {
  assert.deepEqual(await send("/c", {}, answering(201, { id: "1" })), { kind: "taken", receipt: { id: "1" } });
  assert.deepEqual(await send("/c", {}, answering(422, { fields: { text: "x" }, message: "m" })), { kind: "wrong", fields: { text: "x" }, message: "m" });
  assert.equal((await send("/c", {}, answering(409, { message: "m" }))).kind, "wrong");
});

test("what can't be known is sent again later, and who is signed out is told", async () => {
  for (const status of [408, 429, 500, 502, 503, 504, 507]) assert.equal((await send("/c", {}, answering(status, {}))).kind, "later");
  const broken = async () => {
    throw new TypeError("no line");
  };
  assert.equal((await send("/c", {}, broken)).kind, "later");
  assert.equal((await send("/c", {}, answering(401, {}))).kind, "signed-out");
  assert.equal((await send("/c", {}, answering(200, "", { redirected: true }))).kind, "signed-out");
  assert.equal((await send("/c", {}, answering(200, null))).kind, "later");
});
