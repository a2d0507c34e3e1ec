// One record to the server: the record first, then the files it lacks. What the answers mean is decided here.

import { t } from "../../helpers/i18n.js";
import { retryAfterMs } from "./backoff.js";
import { isReceipt } from "./receipt.js";
import { sha256 } from "./sha256.js";

const ANSWER_MS = 60_000;
const SLOWEST_BYTES_PER_MS = 2; // a village's 2 KB/s
const SAME_HASH_TRIES = 3;

/** The whole queue has to wait. reason: offline, captive, busy, full, signed_out, forbidden. */
export class Pause extends Error {
  constructor(reason, retryAfter = null, message = "") {
    super(message || reason);
    Object.assign(this, { reason, retryAfter });
  }
}

/** This one record can't be taken; the others can. state: "refused" or "conflict". */
export class Unacceptable extends Error {
  constructor(state, message, fields = {}) {
    super(message);
    Object.assign(this, { state, fields });
  }
}

export class Delivery {
  #store;
  #fetch;

  constructor({ store, fetch = (...all) => globalThis.fetch(...all) }) {
    this.#store = store;
    this.#fetch = fetch;
  }

  /** Sends all that is missing of a record and keeps what the server answered. Throws Pause or Unacceptable. */
  deliver(record) {
    return record.kind === "site" ? this.#deliverSite(record) : this.#deliverCheck(record);
  }

  async #deliverSite(record) {
    const { body } = await this.#ask("/api/v1/field/sites", { method: "POST", body: record.bytes, headers: JSON_TYPE });
    if (body.id !== record.id) throw new Pause("captive");
    return this.#store.updateRecord(record.id, { state: "received", problem: null, completed_at: new Date().toISOString() });
  }

  async #deliverCheck(record) {
    const headers = { ...JSON_TYPE, "X-Record-Sha256": record.sha256 };
    const posted = await this.#ask("/api/v1/checks", { method: "POST", body: record.bytes, headers });
    let now = await this.#keepReceipt(record, posted.body);
    const missing = new Set(now.receipt.missing);
    const files = uniqueByHash(now.files).filter((file) => missing.has(file.sha256));
    for (const file of files) now = await this.#deliverFile(now, file);
    if (!files.length) return now;
    return this.#keepReceipt(now, await this.#askForReceipt(record));
  }

  /** Reads the receipt of a received check once more: what is damaged shows only when the server has drawn it, and a
   * server that was put back to yesterday says what it lacks again. */
  async lookAgain(record) {
    return this.#keepReceipt(record, await this.#askForReceipt(record), record.looks + 1);
  }

  async #askForReceipt(record) {
    return (await this.#ask(`/api/v1/checks/${record.id}/receipt`, { cache: "no-store" })).body;
  }

  #keepReceipt(record, receipt, looks = 0) {
    if (!isReceipt(receipt, record)) throw new Pause("captive");
    const completed_at = receipt.state === "received" ? receipt.completed_at : null;
    const problem = receipt.state === "received" ? null : (record.problem ?? null);
    return this.#store.updateRecord(record.id, { state: receipt.state, receipt, problem, completed_at, looks, looked_at: Date.now() });
  }

  async #deliverFile(record, file) {
    if ((record.tries?.[file.sha256] ?? 0) >= SAME_HASH_TRIES) return record;
    const bytes = await this.#store.photo(file.id);
    if (!bytes || (await sha256(bytes)) !== file.sha256) return this.#unreadable(record, file);
    const answer = await this.#ask(`/api/v1/files/${file.sha256}`, {
      method: "PUT",
      body: bytes,
      headers: { "Content-Type": file.type || "application/octet-stream" },
      timeoutMs: ANSWER_MS + Math.ceil(bytes.byteLength / SLOWEST_BYTES_PER_MS),
      accepts: (status, body) => body.sha256 === file.sha256 && (status < 300 || body.state === "refused"),
      mismatch: true,
    });
    if (answer.status === 422) return this.#again(record, file);
    return this.#store.updateRecord(record.id, { sent: [...new Set([...(record.sent ?? []), file.sha256])] });
  }

  /** The server read other bytes than we hold: on the way they changed, so they are sent again, but not for ever. */
  #again(record, file) {
    const tries = { ...record.tries, [file.sha256]: (record.tries?.[file.sha256] ?? 0) + 1 };
    const problem = tries[file.sha256] >= SAME_HASH_TRIES ? brokenOnTheWay(file) : record.problem;
    return this.#store.updateRecord(record.id, { tries, problem });
  }

  #unreadable(record, file) {
    const message = t("有一张照片在这台手机上读不出来（{name}），其余内容已照常上传。请联系区县专班，不要清除浏览器数据。", { name: nameOf(file) });
    return this.#store.updateRecord(record.id, { problem: { message, sha256: file.sha256 } });
  }

  async #ask(path, { timeoutMs = ANSWER_MS, accepts = (status) => status < 300, mismatch = false, ...options }) {
    const signal = AbortSignal.timeout(timeoutMs);
    let answer;
    try {
      answer = await this.#fetch(path, { credentials: "same-origin", redirect: "error", signal, ...options });
    } catch {
      throw new Pause("offline");
    }
    const body = await answer.json().catch(() => null);
    const retryAfter = retryAfterMs(answer.headers.get("Retry-After"));
    if (!body || typeof body !== "object") throw new Pause(answer.status >= 500 ? "busy" : "captive", retryAfter);
    if (accepts(answer.status, body)) return { status: answer.status, body };
    if (answer.status === 422 && mismatch && body.error) return { status: 422, body };
    throw fault(answer.status, body, retryAfter);
  }
}

const JSON_TYPE = { "Content-Type": "application/json" };
const PAUSES = { 401: "signed_out", 403: "forbidden", 408: "busy", 425: "busy", 429: "busy", 507: "full" };

function fault(status, body, retryAfter) {
  if (typeof body.error !== "string" || typeof body.message !== "string") return new Pause(status >= 500 ? "busy" : "captive", retryAfter);
  const reason = PAUSES[status] ?? (status >= 500 ? "busy" : null);
  if (reason) return new Pause(reason, retryAfter, body.message);
  return new Unacceptable(status === 409 ? "conflict" : "refused", body.message, body.fields ?? {});
}

function uniqueByHash(files) {
  return [...new Map(files.map((file) => [file.sha256, file])).values()];
}

function nameOf(file) {
  return file.caption || file.item || file.sha256.slice(0, 8);
}

function brokenOnTheWay(file) {
  const message = t("照片（{name}）传了三次，服务器收到的内容都不对，可能是网络中间设备改动了它。请换一个网络再点“现在发送”。", { name: nameOf(file) });
  return { message, sha256: file.sha256 };
}
