// One record to the server: the record first, then the files it lacks. What the answers mean is decided here.

import { t } from "../../helpers/i18n.js";
import { GOOD_BYTES_PER_MS, Pause, Unacceptable, ask, patienceMs } from "./asking.js";
import { isReceipt, isVisitReceipt } from "./receipt.js";
import { sendInPieces } from "./resumable.js";
import { sha256 } from "./sha256.js";
import { isSigned, isVisitSigned } from "./signature.js";
import { WHOLE, wholeOf } from "./whole.js";

const SAME_HASH_TRIES = 3;
const IN_PIECES_BYTES = 256 * 1024;
const JSON_TYPE = { "Content-Type": "application/json" };

export class Delivery {
  #store;
  #fetch;
  #keys;
  #isGoodLine;
  #hasPieces = true;

  /** `keys` answers with what the server signs receipts with, [{ key_id, jwk }]; none known: none asked for.
   * `isGoodLine` answers whether a check may go with its files in one request. */
  constructor({ store, fetch = (...all) => globalThis.fetch(...all), keys = async () => [], isGoodLine = () => false }) {
    this.#store = store;
    this.#fetch = fetch;
    this.#keys = keys;
    this.#isGoodLine = isGoodLine;
  }

  /** Sends all that is missing of a record and keeps what the server answered. Throws Pause or Unacceptable. */
  deliver(record) {
    const how = { site: this.#deliverSite, "site-edit": this.#deliverEdit, visit: this.#deliverVisit, tip: this.#deliverTip }[record.kind];
    return (how ?? this.#deliverCheck).call(this, record);
  }

  /** A walk has no files: one question, one receipt. */
  async #deliverVisit(record) {
    const headers = { ...JSON_TYPE, "X-Record-Sha256": record.sha256 };
    const { body } = await this.#ask("/api/v1/canvass-visits", { method: "POST", body: record.bytes, headers });
    return this.keepVisitReceipt(record, body);
  }

  /** Believes a receipt only as this walk's, and signed where keys are known; else throws Pause. */
  async keepVisitReceipt(record, receipt) {
    if (!isVisitReceipt(receipt, record)) throw new Pause("captive");
    const keys = await this.#keys();
    if (keys.length && !(await isVisitSigned(receipt, keys))) throw new Pause("unsigned");
    return this.#store.updateRecord(record.id, { state: "received", receipt, problem: null, completed_at: receipt.received_at });
  }

  async #deliverTip(record) {
    const { body } = await this.#ask("/api/v1/field/tips", { method: "POST", body: record.bytes, headers: JSON_TYPE });
    if (body.id !== record.id || typeof body.code !== "string") throw new Pause("captive");
    return this.#store.updateRecord(record.id, { state: "received", problem: null, tip_code: body.code, completed_at: new Date().toISOString() });
  }

  /** The server merges field by field and says what became of each. */
  async #deliverEdit(record) {
    const { body } = await this.#ask("/api/v1/field/site-edits", { method: "POST", body: record.bytes, headers: JSON_TYPE });
    if (body.id !== record.id || typeof body.fields !== "object") throw new Pause("captive");
    return this.#store.updateRecord(record.id, { state: "received", problem: null, fields: body.fields, completed_at: new Date().toISOString() });
  }

  async #deliverSite(record) {
    const { body } = await this.#ask("/api/v1/field/sites", { method: "POST", body: record.bytes, headers: JSON_TYPE });
    if (body.id !== record.id) throw new Pause("captive");
    return this.#store.updateRecord(record.id, { state: "received", problem: null, completed_at: new Date().toISOString() });
  }

  async #deliverCheck(record) {
    const posted = (await this.#postWhole(record)) ?? (await this.#post(record));
    let now = await this.keepReceipt(record, posted.body);
    const missing = new Set(now.receipt.missing);
    const files = uniqueByHash(now.files).filter((file) => missing.has(file.sha256));
    for (const file of files) now = await this.#deliverFile(now, file);
    if (!files.length) return now;
    return this.keepReceipt(now, await this.#askForReceipt(record));
  }

  #post(record) {
    const headers = { ...JSON_TYPE, "X-Record-Sha256": record.sha256 };
    return this.#ask("/api/v1/checks", { method: "POST", body: record.bytes, headers }).catch((fault) => this.#conflict(record, fault));
  }

  /** The record with all its files, tried once: if the line was not so good after all, the next try goes the sure way,
   * which never sends again what has arrived. Null where this is not the way, or where the sure way has to say what is wrong. */
  async #postWhole(record) {
    if (record.tries?.whole || record.receipt || record.sent?.length || !this.#isGoodLine()) return null;
    const body = await wholeOf(this.#store, record, uniqueByHash(record.files));
    if (!body) return null;
    await this.#store.updateRecord(record.id, { tries: { ...record.tries, whole: 1 } });
    const options = { method: "POST", body, headers: { "Content-Type": WHOLE.type }, timeoutMs: patienceMs(body.size, GOOD_BYTES_PER_MS) };
    return this.#ask(WHOLE.path, options).catch((fault) => {
      if (fault instanceof Unacceptable) return null;
      throw fault;
    });
  }

  /** The server keeps both records; so that it can, it gets the photos of this one too. */
  async #conflict(record, fault) {
    if (!(fault instanceof Unacceptable) || fault.state !== "conflict") throw fault;
    let now = record;
    for (const file of uniqueByHash(record.files)) if (!now.sent?.includes(file.sha256)) now = await this.#deliverFile(now, file);
    throw fault;
  }

  /** Reads the receipt of a received check once more: what is damaged shows only when the server has drawn it, and a
   * server that was put back to yesterday says what it lacks again. */
  async lookAgain(record) {
    return this.keepReceipt(record, await this.#askForReceipt(record), record.looks + 1);
  }

  async #askForReceipt(record) {
    return (await this.#ask(`/api/v1/checks/${record.id}/receipt`, { cache: "no-store" })).body;
  }

  /** Believes a receipt only as this record's, and signed where keys are known; else throws Pause. */
  async keepReceipt(record, receipt, looks = 0) {
    if (!isReceipt(receipt, record)) throw new Pause("captive");
    const keys = await this.#keys();
    if (receipt.state === "received" && keys.length && !(await isSigned(receipt, keys))) throw new Pause("unsigned");
    const completed_at = receipt.state === "received" ? receipt.completed_at : null;
    const problem = receipt.state === "received" ? null : (record.problem ?? null);
    return this.#store.updateRecord(record.id, { state: receipt.state, receipt, problem, completed_at, looks, looked_at: Date.now() });
  }

  async #deliverFile(record, file) {
    if ((record.tries?.[file.sha256] ?? 0) >= SAME_HASH_TRIES) return record;
    const bytes = await this.#store.photo(file.id);
    if (!bytes || (await sha256(bytes)) !== file.sha256) return this.#unreadable(record, file);
    const answer = await this.#send({ ...file, type: file.type || "application/octet-stream" }, bytes);
    if (answer.status === 422) return this.#again(record, file);
    return this.#store.updateRecord(record.id, { sent: [...new Set([...(record.sent ?? []), file.sha256])] });
  }

  async #send(file, bytes) {
    if (bytes.byteLength > IN_PIECES_BYTES && this.#hasPieces) {
      const answer = await sendInPieces(this.#fetch, file, bytes);
      if (answer) return answer;
      this.#hasPieces = false;
    }
    return this.#ask(`/api/v1/files/${file.sha256}`, {
      method: "PUT",
      body: bytes,
      headers: { "Content-Type": file.type },
      timeoutMs: patienceMs(bytes.byteLength),
      accepts: (status, body) => (status === 422 ? Boolean(body?.error) : body?.sha256 === file.sha256 && (status < 300 || body.state === "refused")),
    });
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

  #ask(path, options) {
    return ask(this.#fetch, path, options);
  }
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
