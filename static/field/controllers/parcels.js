// The queue as one file: out of this phone, and a colleague's into it.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { ago, dayAndClock } from "../../helpers/time.js";
import { button, linkButton, notice, row, rows, section } from "../helpers/parts.js";
import { takeAlong } from "../models/carrying.js";
import { isUnsent } from "../models/standing.js";
import { makeParcel } from "../models/parcel.js";

const LAST_MS = 60_000;

/** Makes the file of all that is unsent and gives it to the person: shared where the phone can, else downloaded. */
export async function exportQueue(app) {
  const unsent = (await app.store.records()).filter(isUnsent);
  if (!unsent.length) return toast(t("没有要导出的内容，全部收妥。"), "ok");
  const serverKey = (await app.serverKeys()).parcel;
  if (!serverKey) return toast(t("手机上还没有服务器的加密密钥，先联网打开一次“我的 → 更新任务和点位”再导出。"), "due");
  let parcel;
  try {
    parcel = await makeParcel(app.store, unsent, { serverKey, county: app.bundle.county.code });
  } catch (error) {
    reportError(error);
    return toast(t("有内容读不出来，没有导出。请不要清除浏览器数据，联系区县专班。"), "problem");
  }
  const name = `mingcha-${dayAndClock(Date.now()).replace(/[^0-9]/g, "")}.mcq`;
  const file = new File(parcel.parts, name, { type: "application/octet-stream" });
  if (!(await shared(file))) download(file);
  const exported_at = new Date().toISOString();
  for (const { id } of unsent) await app.store.updateRecord(id, { exported_at });
  toast(t("已导出 {n} 条。文件已加密，可以发给同事或在电脑上交；收妥以前请留着手机上的内容。", { n: unsent.length }), "ok");
}

/** True where the person has chosen an app to share it with. */
async function shared(file) {
  if (!navigator.canShare?.({ files: [file] })) return false;
  return navigator.share({ files: [file] }).then(() => true, () => false);
}

function download(file) {
  const url = URL.createObjectURL(file);
  const link = el("a", { href: url, download: file.name, class: "visually-hidden" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), LAST_MS);
}

export function exportButton(app) {
  const made = button(t("导出为文件"), { iconName: "download" });
  made.addEventListener("click", async () => {
    made.disabled = true;
    await exportQueue(app);
    made.disabled = false;
  });
  return made;
}

/** What was taken along for colleagues, and the way to take another. */
export async function carriedSection(app) {
  const chooser = el("input", { type: "file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
  chooser.addEventListener("change", () => bringIn(app, chooser));
  const open = button(t("替同事带交（选择 .mcq 文件）"), { iconName: "import", wide: true, onPress: () => chooser.click() });
  const carried = await app.store.carried();
  const items = carried.reverse().map((parcel) => row({ title: titleOf(parcel), detail: parcel.answer?.message ?? "", meta: ago(parcel.taken_at), iconName: "box", state: lightOf(parcel) }));
  return section(t("替同事带交"), el("p", { class: "muted small" }, t("同事的手机没有信号或快没电时，让他导出文件传给您，由您的手机交上去。内容加密，您看不到，回执记在他名下。")), items.length > 0 && rows(items), open, chooser);
}

async function bringIn(app, chooser) {
  const [file] = chooser.files;
  chooser.value = "";
  if (!file) return;
  try {
    const parcel = await takeAlong(app.store, await file.arrayBuffer());
    toast(t("已收下，共 {n} 条，有信号时会自动交上去。", { n: parcel.header.records.length }), "ok");
    app.outbox.kick();
  } catch (error) {
    if (error?.name === "QuotaExceededError") toast(t("手机空间不够，没有收下这个文件。"), "problem");
    else toast(t("这不是明察导出的文件，或者传的时候被截断了，请让同事重新发一次。"), "problem");
  }
}

function titleOf({ header, answer }) {
  const who = answer?.author?.name;
  return who ? t("{name} 的 {n} 条", { name: who, n: header.records.length }) : t("同事的 {n} 条", { n: header.records.length });
}

function lightOf({ state }) {
  return { waiting: ["due", t("待交")], delivered: ["ok", t("已交")], held: ["due", t("待专班核对")], refused: ["problem", t("没有收下")] }[state];
}

/** The ways out where storage is short. */
export function exportAdvice(app) {
  return notice(t("可以先发送，收妥后会自动腾出空间；没有信号就导出为文件，交给同事或电脑。"), "due", t("手机空间不够"), el("div", { class: "cluster" }, linkButton(t("去发送"), "/m/outbox"), exportButton(app)));
}
