// A fresh database for a test, a draft, and a server that keeps its word only when it is told to.

import "fake-indexeddb/auto";

import { createHash, randomUUID } from "node:crypto";

import { answered, newDraft, withFile } from "../../../static/field/models/draft.js";
import { sign } from "../../../static/field/models/signature.js";
import { sha256 } from "../../../static/field/models/sha256.js";
import { Store } from "../../../static/field/models/store.js";
import { uuid7 } from "../../../static/field/models/uuid7.js";

export const PERSON = "01890000-0000-7000-8000-000000000001";
export const SITE = { id: "01890000-0000-7000-8000-00000000000a", name: "小太阳托管班", person_in_charge: null };
export const CHECKLIST = {
  code: "zd-25",
  version: 1,
  items: [
    { code: "zd-01", position: 1, section: "学校教育教学", section_en: "Teaching", text: "开齐课程" },
    { code: "zd-02", position: 2, section: "学校教育教学", section_en: "Teaching", text: "不考试" },
    { code: "zd-15", position: 15, section: "校外培训", section_en: "Training", text: "不无证办学" },
  ],
};

export function freshStore(personId = PERSON, name = `test-${randomUUID()}`) {
  return new Store(personId, name);
}

export async function photoFile(bytes, values = {}) {
  const name = await sha256(bytes);
  return { id: uuid7(), sha256: name, size: bytes.byteLength, type: "image/jpeg", purpose: "scene", item: null, caption: "", taken_at: new Date().toISOString(), fix: null, ...values };
}

export function bytesOf(text) {
  return new TextEncoder().encode(text).buffer;
}

/** A saved draft with photos of the given contents. */
export async function savedDraft(store, contents = ["one", "two"]) {
  let draft = answered(newDraft({ personId: PERSON, site: SITE, checklist: CHECKLIST }), "zd-01", "compliant");
  await store.saveDraft(draft);
  for (const content of contents) {
    const bytes = bytesOf(content);
    const file = await photoFile(bytes);
    draft = withFile(draft, file);
    await store.saveDraft(draft, [{ id: file.id, bytes }]);
  }
  return draft;
}

/** Keeps checks and files as the real one does; `server.answer = (request) => Response | null` comes before it. */
export class Server {
  checks = new Map();
  files = new Map();
  sites = new Map();
  visits = new Map();
  uploads = new Map();
  requests = [];
  hasPieces = true;
  cutsAfter = Infinity; // bytes of a whole check
  signing = null; // { key_id, privateKey }: then receipts are signed
  answer = () => null;

  fetch = async (path, options = {}) => {
    const request = { path, method: options.method ?? "GET", body: options.body, headers: options.headers ?? {} };
    this.requests.push(request);
    const special = await this.answer(request);
    if (special === "lost") throw new TypeError("network");
    if (special) return special;
    const answer = await this.#handle(request);
    if ((await this.after?.(request)) === "lost") throw new TypeError("network");
    return answer;
  };

  async #handle({ path, method, body, headers }) {
    if (path.startsWith("/api/v1/files/uploads/") || (path === "/api/v1/files" && method === "POST")) return this.#pieces(path, method, body, headers);
    if (path === "/api/v1/checks/whole") return this.#whole(Buffer.from(await body.arrayBuffer()));
    if (path === "/api/v1/checks") return this.#check(body, headers["X-Record-Sha256"]);
    if (path === "/api/v1/canvass-visits") return this.#visit(body, headers["X-Record-Sha256"]);
    if (path === "/api/v1/field/tips") return json(201, { id: JSON.parse(Buffer.from(body)).id, code: "261120-AB23CD", state: "new" });
    if (path === "/api/v1/field/sites") return this.#site(JSON.parse(Buffer.from(body)));
    if (method === "PUT") return this.#file(path.split("/").at(-1), Buffer.from(body));
    const id = /checks\/(.+)\/receipt$/.exec(path)?.[1];
    return this.checks.has(id) ? this.#signed(200, this.receipt(id)) : fault(404, "NotFound");
  }

  #check(body, sha) {
    const bytes = Buffer.from(body);
    if (hash(bytes) !== sha) return fault(422, "Invalid");
    const { id } = JSON.parse(bytes);
    const known = this.checks.get(id);
    if (known && known !== bytes.toString()) return fault(409, "Conflict", "同一编号的另一份记录已经收到");
    this.checks.set(id, bytes.toString());
    return this.#signed(known ? 200 : 201, this.receipt(id));
  }

  /** What came before the body ends is kept, as the real one does. */
  #whole(body) {
    const [record, ...files] = [...framesIn(body.subarray(0, this.cutsAfter))];
    for (const { sha256: sha, bytes } of files) if (hash(bytes) === sha) this.files.set(sha, bytes);
    return this.#check(record.bytes, record.sha256);
  }

  async #signed(status, receipt) {
    const signature = this.signing && { key_id: this.signing.key_id, value: await sign(this.signing.privateKey, signedPart(receipt)) };
    return json(status, { ...receipt, ...(signature && { signature }) });
  }

  async #visit(body, sha) {
    const bytes = Buffer.from(body);
    if (hash(bytes) !== sha) return fault(422, "Invalid");
    const { id } = JSON.parse(bytes);
    const known = this.visits.get(id);
    if (known && known.text !== bytes.toString()) return fault(409, "Conflict", "同一编号的另一份记录已经收到");
    const kept = known ?? { text: bytes.toString(), at: new Date().toISOString() };
    this.visits.set(id, kept);
    const receipt = { county: "361199", visit: id, state: "received", record_sha256: sha, received_at: kept.at };
    const signature = this.signing && { key_id: this.signing.key_id, value: await sign(this.signing.privateKey, receipt) };
    return json(known ? 200 : 201, { ...receipt, ...(signature && { signature }) });
  }

  #site(site) {
    this.sites.set(site.id, site);
    return json(201, { id: site.id, kind: "suspected" });
  }

  #file(sha, bytes) {
    if (hash(bytes) !== sha) return fault(422, "Invalid");
    this.files.set(sha, bytes);
    return json(201, { sha256: sha, size: bytes.length, state: "stored" });
  }

  /** tus 1.0 as our server speaks it: an unfinished upload of the same hash is the same upload. */
  async #pieces(path, method, body, headers) {
    if (!this.hasPieces) return fault(404, "NotFound");
    if (method === "POST") {
      const sha = atob(/sha256 (\S+?),/.exec(headers["Upload-Metadata"])[1]);
      const upload = this.uploads.get(sha) ?? { bytes: Buffer.alloc(0), length: Number(headers["Upload-Length"]) };
      this.uploads.set(sha, upload);
      const offset = this.files.has(sha) ? upload.length : upload.bytes.length;
      return new Response(null, { status: 201, headers: { Location: `/api/v1/files/uploads/${sha}`, "Upload-Offset": String(offset) } });
    }
    const sha = path.split("/").at(-1);
    const upload = this.uploads.get(sha);
    if (!upload) return fault(404, "NotFound");
    const state = () => ({ "Upload-Offset": String(upload.bytes.length), "Upload-Length": String(upload.length), "Tus-Resumable": "1.0.0" });
    if (method === "HEAD") return new Response(null, { status: 200, headers: state() });
    if (Number(headers["Upload-Offset"]) !== upload.bytes.length) return fault(409, "Conflict");
    upload.bytes = Buffer.concat([upload.bytes, Buffer.from(await new Response(body).arrayBuffer())]);
    if (upload.bytes.length < upload.length) return new Response(null, { status: 204, headers: state() });
    this.uploads.delete(sha);
    if (hash(upload.bytes) !== sha) return fault(422, "Invalid");
    this.files.set(sha, upload.bytes);
    return new Response(null, { status: 204, headers: { ...state(), "X-File-State": "stored" } });
  }

  receipt(id) {
    const text = this.checks.get(id);
    const shas = [...new Set(JSON.parse(text).files.map((file) => file.sha256))];
    const missing = shas.filter((sha) => !this.files.has(sha));
    const at = new Date().toISOString();
    return {
      county: "361199",
      check: id,
      state: missing.length ? "incomplete" : "received",
      record_sha256: hash(Buffer.from(text)),
      received: shas.filter((sha) => this.files.has(sha)),
      missing,
      refused: [],
      damaged: [],
      received_at: at,
      completed_at: missing.length ? null : at,
    };
  }
}

function* framesIn(body) {
  for (let at = 0; at + 4 <= body.length; ) {
    const start = at + 4 + body.readUInt32BE(at);
    const { sha256: sha, size } = JSON.parse(body.subarray(at + 4, start));
    at = start + size;
    if (at > body.length) return;
    yield { sha256: sha, bytes: body.subarray(start, at) };
  }
}

export function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export function fault(status, error, message = "出错了", headers = {}) {
  return json(status, { error, message, fields: {} }, headers);
}

/** What the contract says is signed, written down a second time. */
function signedPart({ county, check, state, record_sha256, received, missing, refused, damaged, completed_at }) {
  const named = (files) => files.map((file) => file.sha256).sort();
  return { completed_at, damaged: named(damaged), refused: named(refused), missing: [...missing].sort(), received: [...received].sort(), record_sha256, state, check, county };
}

function hash(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
