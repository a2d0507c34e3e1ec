import assert from "node:assert/strict";
import test from "node:test";

import { atWork } from "../../../static/field/models/at-work.js";
import { canBeKept, surroundings } from "../../../static/field/models/surroundings.js";
import { adopt, kept, speak, sweep } from "../../../static/field/models/versions.js";

const ID = "01890000-0000-7000-8000-000000000001";

/** Cache storage with what the service worker would have put into it. */
function storage(state, versions) {
  const caches = new Map([["mingcha-state", new Map(Object.entries(state))], ...versions.map((name) => [`mingcha-app-${name}`, new Map([["/a.js", ""]])])]);
  const cache = (kept) => ({
    match: async (address) => (kept.has(address) ? new Response(kept.get(address)) : undefined),
    put: async (address, answer) => kept.set(address, await answer.text()),
    keys: async () => [...kept.keys()],
  });
  return {
    open: async (name) => cache(caches.get(name) ?? caches.set(name, new Map()).get(name)),
    keys: async () => [...caches.keys()],
    delete: async (name) => caches.delete(name),
  };
}

function locks(...held) {
  return { query: async () => ({ held: held.map((name) => ({ name: `mingcha-app-${name}` })), pending: [] }) };
}

test("a new version stands beside the chosen one until it is adopted", async () => {
  const caches = storage({ "/chosen": "1", "/newest": "2" }, ["1", "2"]);
  assert.deepEqual(await kept(caches), { chosen: "1", newest: "2", files: 1 });
  await adopt(caches);
  assert.deepEqual((await kept(caches)).chosen, "2");
});

test("a phone that keeps nothing yet has nothing to adopt", async () => {
  const caches = storage({}, []);
  await adopt(caches);
  assert.deepEqual(await kept(caches), { chosen: null, newest: null, files: 0 });
});

test("versions that are chosen, newest or held by a page stay, and others go", async () => {
  const caches = storage({ "/chosen": "3", "/newest": "4" }, ["1", "2", "3", "4"]);
  assert.deepEqual(await sweep({ caches, locks: locks("2") }), ["mingcha-app-1"]);
  assert.deepEqual(await sweep({ caches, locks: locks() }), ["mingcha-app-2"]);
  assert.deepEqual(await caches.keys(), ["mingcha-state", "mingcha-app-3", "mingcha-app-4"]);
});

test("where nobody can say which versions are in use, none goes", async () => {
  assert.deepEqual(await sweep({ caches: storage({ "/chosen": "2", "/newest": "2" }, ["1", "2"]), locks: undefined }), []);
});

test("the language of the frame is remembered", async () => {
  const caches = storage({}, []);
  await speak("en", caches);
  assert.equal(await (await (await caches.open("mingcha-state")).match("/language")).text(), "en");
});

test("without https or a service worker the app can't be kept", () => {
  const world = { isSecureContext: true, navigator: { serviceWorker: {} }, caches: {} };
  assert.ok(canBeKept(world));
  for (const lacking of [{ isSecureContext: false }, { navigator: {} }, { caches: undefined }]) assert.ok(!canBeKept({ ...world, ...lacking }));
});

test("who works here is read from the cookie of that name and no other", () => {
  assert.deepEqual(atWork(`a=b; at_work=${ID}.en; c=d`), { id: ID, language: "en" });
  for (const cookies of ["", `not_at_work=${ID}.zh`, "at_work=.zh", `at_work=${ID}`, `x=at_work=${ID}.zh`]) assert.equal(atWork(cookies), null);
});

for (const [where, userAgent, more] of [
  ["wechat", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Mobile/15E148 MicroMessenger/8.0.53", {}],
  ["wechat", "Mozilla/5.0 (Linux; Android 14) Chrome/116 XWEB MMWEBSDK MicroMessenger/8.0", {}],
  ["dingtalk", "Mozilla/5.0 (Linux; Android 14) Chrome/100 AliApp(DingTalk/7.6)", {}],
  ["ios", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1 Safari/604.1", {}],
  ["ios", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", { maxTouchPoints: 5 }],
  ["desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", { maxTouchPoints: 0 }],
  ["android", "Mozilla/5.0 (Linux; Android 14) Chrome/130", {}],
  ["android", "Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1", {}],
  ["home", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)", { standalone: true }],
]) {
  test(`${userAgent} is ${where}`, () => assert.equal(surroundings({ navigator: { userAgent, ...more } }), where));
}
