import assert from "node:assert/strict";
import { createHash, hkdfSync, randomUUID, webcrypto } from "node:crypto";
import { test } from "node:test";

import { Pause } from "../../../static/field/models/asking.js";
import { unpacked } from "../../../static/field/models/frames.js";
import { Outbox } from "../../../static/field/models/outbox.js";
import { Quarantine } from "../../../static/field/models/quarantine.js";
import { isSealed, isUnsent } from "../../../static/field/models/standing.js";
import { finish, reportSite } from "../../../static/field/models/record.js";
import { publicJwk, sign } from "../../../static/field/models/signature.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";
import { CHECKLIST, PERSON, Server, fault, freshStore, json, savedDraft } from "./kit.js";

const { subtle } = webcrypto;
const COUNTY = "361199";

/** The office: opens what is sealed for it, believes only the device's key, and decides when it is told to. */
class Office extends Server {
  parcels = [];
  isDisabled = true;
  hourglass = () => Date.now();

  async prepare(store) {
    this.device = (await store.signingKeys()).publicKey;
    this.opening = await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const pair = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    this.signing = { key_id: "receipt-1", privateKey: pair.privateKey };
    this.keys = {
      receipt: [{ key_id: "receipt-1", jwk: await publicJwk(pair.publicKey) }],
      parcel: { key_id: "parcel-1", jwk: await publicJwk(this.opening.publicKey) },
    };
    this.answer = async (request) => {
      if (request.path === "/api/v1/keys") return json(200, this.keys);
      if (request.path.startsWith("/api/v1/field/quarantine")) return this.#seal(request);
      return this.isDisabled ? fault(403, "AccountDisabled") : null;
    };
  }

  async #seal({ path, body }) {
    const asked = path.endsWith("/question") ? JSON.parse(body) : headerOf(body);
    if (!this.isDisabled || !(await isOf(this.device, asked))) return fault(403, "Unproven");
    if (!path.endsWith("/question")) return this.#accept(asked, Buffer.from(body));
    const now = this.hourglass();
    const isNow = Math.abs(Date.parse(asked.asked_at) - now) < 600_000;
    const server_time = new Date(now).toISOString();
    return json(200, { server_time, parcels: isNow ? await Promise.all([...this.parcels].reverse().map((each) => this.shape(each))) : null });
  }

  async #accept(header, bytes) {
    const refusal = this.refuses?.(header);
    if (refusal) return refusal;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const pieces = await opened(this.opening.privateKey, header, bytes);
    const parcel = { county: COUNTY, parcel: randomUUID(), sha256, state: "held", received_at: new Date().toISOString(), records: header.records, pieces };
    this.parcels.push(parcel);
    return json(202, await this.shape(parcel));
  }

  async shape({ pieces, ...parcel }) {
    const { county, parcel: id, sha256, state, received_at, records } = parcel;
    const part = { county, parcel: id, records: records.map((each) => each.id).sort(), received_at, sha256, state };
    const signature = { key_id: "receipt-1", value: await sign(this.signing.privateKey, part) };
    return { reason: null, results: [], receipts: [], ...parcel, signature };
  }

  /** A dispatcher's word: each check of it counts as received, as if the phone had sent it. */
  async confirm(parcel) {
    const receipts = [];
    for (const { header, bytes } of parcel.pieces) {
      if (header.type === "file") this.files.set(header.sha256, Buffer.from(bytes));
      else if (header.kind === "check") this.checks.set(header.id, Buffer.from(bytes).toString());
    }
    for (const { id, kind } of parcel.records) if (kind === "check") receipts.push(await this.signed(id));
    const results = parcel.records.map(({ id, kind }) => ({ id, kind, state: this.receiptState(id, kind) }));
    Object.assign(parcel, { state: "taken", results, receipts });
  }

  receiptState(id, kind) {
    return kind === "check" ? this.receipt(id).state : "received";
  }

  async signed(id) {
    const receipt = this.receipt(id);
    const names = ["check", "completed_at", "county", "damaged", "missing", "received", "record_sha256", "refused", "state"];
    const part = Object.fromEntries(names.map((name) => [name, Array.isArray(receipt[name]) ? [...receipt[name]].sort() : receipt[name]]));
    return { ...receipt, signature: { key_id: "receipt-1", value: await sign(this.signing.privateKey, part) } };
  }
}

function headerOf(body) {
  const bytes = Buffer.from(body);
  return JSON.parse(bytes.subarray(8, 8 + bytes.readUInt32BE(4)));
}

async function isOf(key, { signature, ...rest }) {
  const inOrder = (value) => (Array.isArray(value) ? value.map(inOrder) : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).sort().map(([name, each]) => [name, inOrder(each)])) : value);
  return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signature, "base64url"), Buffer.from(JSON.stringify(inOrder(rest))));
}

async function opened(privateKey, header, bytes) {
  const ephemeral = await subtle.importKey("jwk", header.ephemeral, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: ephemeral }, privateKey, 256);
  const key = await subtle.importKey("raw", hkdfSync("sha256", shared, Buffer.from(header.salt, "base64url"), "mingcha parcel 1", 32), "AES-GCM", false, ["decrypt"]);
  let at = 8 + bytes.readUInt32BE(4);
  const pieces = [];
  for (const [index, { size }] of header.frames.entries()) {
    const [frame, number] = [bytes.subarray(at, (at += size)), Buffer.alloc(4)];
    number.writeUInt32BE(index);
    pieces.push(unpacked(await subtle.decrypt({ name: "AES-GCM", iv: frame.subarray(0, 12), additionalData: number }, key, frame.subarray(12))));
  }
  return pieces;
}

async function scene({ reason = "disabled", contents = [["one", "two"], []] } = {}) {
  const store = freshStore();
  const office = new Office();
  await office.prepare(store);
  const records = [];
  for (const each of contents) records.push(await finish(store, await savedDraft(store, each), { checklist: CHECKLIST }));
  const phone = { reason };
  const open = () => {
    const quarantine = new Quarantine({ store, fetch: office.fetch, known: async () => ({ keys: office.keys, county: COUNTY }) });
    return new Outbox({ store, fetch: office.fetch, locks: null, quarantine, ready: async () => (phone.reason ? new Pause(phone.reason) : null) });
  };
  return { store, office, records, phone, open, outbox: open() };
}

async function send(outbox) {
  await outbox.kick();
  outbox.stop();
}

const handedIn = ({ requests }) => requests.filter(({ path }) => path === "/api/v1/field/quarantine").length;
const asked = ({ requests }) => requests.filter(({ path }) => path.endsWith("/question")).length;
const states = async (store) => (await store.records()).map(({ state, sealed }) => [state, sealed?.state]);

test("what a disabled account has not sent is sealed, handed in at once and said to be held", async () => {
  const { store, office, records, outbox } = await scene();
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "disabled");
  assert.ok(outbox.status.pause.until - Date.now() > 590_000);
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
  const [{ pieces, records: named }] = office.parcels;
  assert.deepEqual(named.map(({ id }) => id), records.map(({ id }) => id));
  assert.deepEqual(pieces.map(({ bytes }) => Buffer.from(bytes).toString()), [...records.map(({ bytes }) => Buffer.from(bytes).toString()), "one", "two"]);
  assert.ok(office.requests.every(({ path }) => path === "/api/v1/keys" || path.startsWith("/api/v1/field/quarantine")));
});

test("everything stays on the phone, still unsent, and what is sealed need not hold up a sign-out", async () => {
  const { store, records, outbox } = await scene();
  await send(outbox);
  for (const record of await store.records()) {
    assert.ok(isUnsent(record) && isSealed(record));
    assert.deepEqual(record.bytes, records.find(({ id }) => id === record.id).bytes);
    for (const { id } of record.files) assert.ok(await store.photo(id));
  }
});

test("it asks again and hands nothing in twice; what is finished later is sealed then", async () => {
  const { store, office, outbox } = await scene();
  await send(outbox);
  await send(outbox);
  assert.equal(handedIn(office), 1);
  await finish(store, await savedDraft(store, ["three"]), { checklist: CHECKLIST });
  await send(outbox);
  assert.deepEqual(office.parcels.map(({ records }) => records.length), [2, 1]);
});

test("whatever answer is lost, and wherever the page is killed, each record is sealed once", async () => {
  for (let nth = 1; nth <= 3; nth++) {
    for (const when of ["before", "after"]) {
      const { store, office, open } = await scene();
      let count = 0;
      const outbox = open();
      const answer = office.answer;
      office.answer = async (request) => {
        const isTheOne = ++count === nth;
        if (isTheOne && when === "before") return "lost";
        const given = await answer(request);
        return isTheOne ? "lost" : given;
      };
      await send(outbox);
      office.answer = answer;
      await send(open()); // another page: nothing is remembered but what is kept
      assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]], `${when} ${nth}`);
      assert.equal(office.parcels.length, 1, `${when} ${nth}`);
    }
  }
});

test("after a lost answer the same page sends the same bytes: what is still coming in comes in once", async () => {
  const { office, outbox } = await scene();
  const answer = office.answer;
  office.answer = async (request) => (request.path === "/api/v1/field/quarantine" ? "lost" : answer(request));
  await send(outbox);
  office.answer = answer;
  await send(outbox);
  const [first, second] = office.requests.filter(({ path }) => path === "/api/v1/field/quarantine");
  assert.equal(Buffer.compare(Buffer.from(first.body), Buffer.from(second.body)), 0);
});

test("a page killed while it writes down what was accepted writes down the rest the next time", async () => {
  const { store, office, open, outbox } = await scene();
  const update = store.updateRecord.bind(store);
  let count = 0;
  store.updateRecord = async (...all) => {
    if (++count === 2) throw new Error("killed");
    return update(...all);
  };
  await assert.rejects(outbox.kick());
  outbox.stop();
  assert.deepEqual((await states(store)).map(([, sealed]) => sealed), ["held", undefined]);
  store.updateRecord = update;
  await send(open());
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
  assert.equal(office.parcels.length, 1);
});

test("a dispatcher's word brings the receipts, and the light turns green", async () => {
  const { store, office, outbox } = await scene();
  await send(outbox);
  await office.confirm(office.parcels[0]);
  await send(outbox);
  assert.deepEqual((await store.records()).map(({ state, receipt }) => [state, receipt.state]), [["received", "received"], ["received", "received"]]);
  assert.equal(outbox.status.pause, null);
  office.requests.length = 0;
  await send(outbox);
  assert.deepEqual(office.requests, []);
});

test("what is sent back shows its reason and is not handed in again by itself", async () => {
  const { store, office, outbox } = await scene();
  await send(outbox);
  Object.assign(office.parcels[0], { state: "rejected", reason: "停用以后才做的" });
  await send(outbox);
  assert.deepEqual((await store.records()).map(({ sealed }) => [sealed.state, sealed.reason]), Array(2).fill(["rejected", "停用以后才做的"]));
  await outbox.retry();
  outbox.stop();
  assert.equal(handedIn(office), 1);
});

test("once the account is enabled again the usual way goes on, with the same ids", async () => {
  const { store, office, phone, outbox } = await scene();
  await send(outbox);
  Object.assign(office, { isDisabled: false });
  phone.reason = null;
  await send(outbox);
  assert.deepEqual((await store.records()).map(({ state }) => state), ["received", "received"]);
  assert.equal(office.checks.size, 2);
});

test("a phone whose sign-in is over asks with its own key, and not at every turn", async () => {
  const { store, office, outbox } = await scene({ reason: "signed_out" });
  office.isDisabled = false;
  await send(outbox);
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "signed_out");
  assert.equal(asked(office), 1);
  assert.equal(handedIn(office), 0);
  office.isDisabled = true;
  await outbox.retry(); // a person asked
  outbox.stop();
  assert.equal(outbox.status.pause.reason, "disabled");
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
  await send(outbox);
  assert.equal(asked(office), 3); // now that it knows, it asks what became of it
});

test("a phone that the office does not know keeps all and says what else can be done", async () => {
  const { store, office, outbox } = await scene();
  office.device = (await freshStore().signingKeys()).publicKey;
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "unproven");
  assert.deepEqual(await states(store), [["waiting", undefined], ["waiting", undefined]]);
});

for (const [name, forge] of [
  ["without a signature", (answer) => ({ ...answer, signature: null })],
  ["signed for another state", (answer) => ({ ...answer, state: "taken" })],
  ["for other records", (answer) => ({ ...answer, records: [] })],
  ["for other bytes", (answer) => ({ ...answer, sha256: "0".repeat(64) })],
]) {
  test(`an acknowledgement ${name} is not believed`, async () => {
    const { store, office, outbox } = await scene();
    const answer = office.answer;
    office.answer = async (request) => {
      const given = await answer(request);
      return request.path === "/api/v1/field/quarantine" ? json(202, forge(await given.json())) : given;
    };
    await send(outbox);
    assert.match(outbox.status.pause.reason, /unsigned|captive/);
    assert.deepEqual(await states(store), [["waiting", undefined], ["waiting", undefined]]);
  });
}

test("a receipt that is not signed leaves the check unsent", async () => {
  const { store, office, outbox } = await scene();
  await send(outbox);
  await office.confirm(office.parcels[0]);
  for (const receipt of office.parcels[0].receipts) receipt.signature.value = "AAAA";
  await send(outbox);
  assert.equal(outbox.status.pause.reason, "unsigned");
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
});

test("a phone whose clock is three days wrong is asked for the time and believed", async () => {
  const { store, office, outbox } = await scene();
  office.hourglass = () => Date.now() + 3 * 86_400_000;
  await send(outbox);
  assert.equal(asked(office), 2);
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
});

test("a photo that can't be read does not keep the rest from being sealed", async () => {
  const { store, office, records, outbox } = await scene();
  const photo = store.photo.bind(store);
  store.photo = async (id) => (id === records[0].files[0].id ? null : photo(id));
  await send(outbox);
  assert.equal(office.parcels[0].pieces.length, 3);
  await office.confirm(office.parcels[0]);
  await send(outbox);
  assert.deepEqual(await states(store), [["incomplete", "taken"], ["received", "taken"]]);
});

test("a record that is refused takes no other down, and goes again when a person asks", async () => {
  const { store, office, records, outbox } = await scene();
  office.refuses = (header) => (header.records.some(({ id }) => id === records[0].id) ? fault(413, "TooLarge", "文件太大") : null);
  await send(outbox);
  assert.deepEqual(await states(store), [["waiting", "refused"], ["waiting", "held"]]);
  await send(outbox);
  assert.equal(office.parcels.length, 1);
  office.refuses = null;
  await outbox.retry();
  outbox.stop();
  assert.deepEqual(await states(store), [["waiting", "held"], ["waiting", "held"]]);
});

test("a check travels with the site that the same phone reported, and both are received", async () => {
  const { store, office, outbox } = await scene({ contents: [] });
  const site = await reportSite(store, PERSON, { id: uuid7(), name: "三楼晚托", category: "after_care", location: { lon: 117, lat: 28 } });
  const check = await finish(store, await savedDraft(store, ["three"]), { checklist: CHECKLIST, dependsOn: site.id });
  await send(outbox);
  assert.deepEqual(office.parcels[0].records.map(({ id, kind }) => [id, kind]), [[site.id, "site"], [check.id, "check"]]);
  await office.confirm(office.parcels[0]);
  await send(outbox);
  assert.deepEqual((await store.records()).map(({ state }) => state), ["received", "received"]);
});

test("a queue of many megabytes goes in several parcels", async () => {
  const big = "x".repeat(9_000_000);
  const { store, office, outbox } = await scene({ contents: [[`${big}1`], [`${big}2`], [`${big}3`]] });
  await send(outbox);
  assert.deepEqual(office.parcels.map(({ records }) => records.length), [2, 1]);
  assert.deepEqual(await states(store), Array(3).fill(["waiting", "held"]));
});

test("what the office finds wrong in a record that it took is shown at the record", async () => {
  const { store, office, records, outbox } = await scene({ contents: [[], []] });
  await send(outbox);
  await office.confirm(office.parcels[0]);
  office.parcels[0].results[0] = { id: records[0].id, kind: "check", state: "refused", message: "点位不存在" };
  await send(outbox);
  const [first, second] = await store.records();
  assert.deepEqual([first.state, first.problem.message, second.state], ["refused", "点位不存在", "received"]);
});

test("of two pages only one hands in", async () => {
  const { store, office, phone } = await scene();
  const held = new Set();
  const locks = {
    async request(name, options, work) {
      if (held.has(name)) return work(null);
      held.add(name);
      return work({ name }).finally(() => held.delete(name));
    },
  };
  const quarantine = new Quarantine({ store, fetch: office.fetch, known: async () => ({ keys: office.keys, county: COUNTY }) });
  const pages = [1, 2].map(() => new Outbox({ store, fetch: office.fetch, locks, quarantine, ready: async () => new Pause(phone.reason) }));
  await Promise.all(pages.map(send));
  assert.equal(handedIn(office), 1);
  assert.deepEqual(pages.map(({ status }) => status.pause.reason), ["disabled", "elsewhere"]);
});
