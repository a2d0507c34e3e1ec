// The operator's screen: typed while somebody talks, with keys alone. What is typed is kept sealed on this computer
// until the server has it, so neither a reload nor a lost line loses a call.

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { toast } from "../helpers/toast.js";
import { uuid7 } from "../field/models/uuid7.js";
import { showCode } from "./code.js";
import { hintList } from "./hint-list.js";
import { Keeper } from "./keeping.js";
import { placePick } from "./place-pick.js";
import { schoolBox } from "./school-box.js";
import { send } from "./sending.js";

const KEEP_MS = 250;
const AGAIN_MS = 15_000;
const KEYS = { F2: "text", F4: "place", F8: "complainant_phone" };
const BOXES = new Set(["names_minor", "wants_answer", "complainant_is_minor"]);

export default async function connect(root) {
  const settings = JSON.parse(root.dataset.settings);
  const form = root.querySelector(".call-form");
  const find = (selector) => root.querySelector(selector);
  const keeper = new Keeper(settings.person);
  let keepTimer = 0;
  let startedAt = 0;
  let isSaving = false;

  const field = (name) => form.elements.namedItem(name);
  const values = () => {
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    for (const name of BOXES) given[name] = field(name).checked;
    return given;
  };
  const isEmpty = () => !Object.entries(values()).some(([name, value]) => name !== "id" && value && value !== true) && ![...BOXES].some((name) => field(name).checked);

  const place = placePick(find(".call-map .map"), settings, (picked) => setPlace(picked, true));
  const hints = hintList(find(".call-hints"), find(".call-no-hints"), settings.urls.hints, values, (code) => {
    field("same_as").value = code;
    changed();
  });
  const stopSchools = schoolBox(field("near"), find(".call-schools"), settings.urls.schools, (school) => {
    if (school.lon !== null) place.look(school);
  });

  function setPlace(picked, isNew) {
    field("lon").value = picked?.lon ?? "";
    field("lat").value = picked?.lat ?? "";
    const words = picked ? t("已标：东经 {lon}°，北纬 {lat}°，大约 {m} 米以内。按删除键取消。", { lon: picked.lon, lat: picked.lat, m: settings.aboutM }) : t("还没有标。点地图，或用方向键移动后按回车。");
    fill(find(".call-pinned"), words);
    if (isNew) changed();
  }

  const keep = async () => {
    clearTimeout(keepTimer);
    if (isSaving || isEmpty()) return;
    await keeper.keepDraft(values()).then(
      () => fill(find(".call-kept"), t("已加密存在这台电脑上，还没有提交")),
      () => fill(find(".call-kept"), t("这台电脑存不下草稿，请尽快保存")),
    );
  };
  const changed = () => {
    startedAt ||= Date.now();
    clearTimeout(keepTimer);
    keepTimer = setTimeout(keep, KEEP_MS);
    hints.typed();
  };

  const fresh = () => {
    form.reset();
    for (const name of ["text", "category", "schedule", "place", "near", "compound", "building", "unit", "room", "same_as"]) field(name).value = "";
    for (const each of form.querySelectorAll("input.input, textarea.input")) each.value = "";
    for (const name of BOXES) field(name).checked = false;
    field("id").value = uuid7();
    setPlace(null, false);
    place.clear();
    place.whole();
    hints.clear();
    complain({}, "");
    fill(find(".call-kept"));
    startedAt = 0;
    field("text").focus();
  };

  const complain = (fields, message) => {
    form.querySelectorAll(".field-error").forEach((each) => each.remove());
    form.querySelectorAll("[aria-invalid]").forEach((each) => each.removeAttribute("aria-invalid"));
    const known = Object.entries(fields).filter(([name]) => field(name)?.closest?.(".field"));
    for (const [name, words] of known) {
      const id = `f-${name}-error`;
      field(name).setAttribute("aria-invalid", "true");
      field(name).setAttribute("aria-describedby", id);
      field(name).closest(".field").append(el("p", { class: "field-error", id }, icon("warning"), el("span", {}, words)));
    }
    fill(find(".call-said"), known.length === 0 && message ? el("span", { class: "notice", "data-state": "problem" }, icon("warning"), el("span", { class: "notice-body" }, message)) : null);
    if (known.length) field(known[0][0]).focus();
  };

  const save = async () => {
    if (isSaving) return;
    if (field("text").value.trim().length < 2) return complain({ text: t("请写下反映的情况，2 至 5000 字") }, "");
    isSaving = true;
    clearTimeout(keepTimer);
    const call = values();
    form.querySelector("[type=submit]").setAttribute("aria-disabled", "true");
    await keeper.keepDraft(call).catch(() => {});
    const { kind, ...rest } = await send(settings.urls.take, call);
    form.querySelector("[type=submit]").removeAttribute("aria-disabled");
    isSaving = false;
    if (kind === "taken") return taken(call, rest.receipt);
    if (kind === "wrong") return complain(rest.fields, rest.message);
    return later(call, kind);
  };
  const taken = async (call, receipt) => {
    await keeper.forget(call.id).catch(() => {});
    list(receipt);
    showReceipt(receipt);
  };
  const later = async (call, kind) => {
    const said = kind === "signed-out" ? t("登录已过期，内容已加密存在这台电脑上。请在新窗口重新登录，会自动再交。") : t("没有连上服务器，内容已加密存在这台电脑上，连上后自动再交。查询码要等交上以后才有。");
    try {
      await keeper.keepUnsent(call);
    } catch {
      return complain({}, t("没有连上服务器，这台电脑也存不下。请先不要关闭页面，稍后再按保存。"));
    }
    toast(said, "due");
    fresh();
    return showUnsent();
  };
  const handIn = async () => {
    for (const call of await keeper.unsent().catch(() => [])) {
      const { kind, ...rest } = await send(settings.urls.take, call);
      if (kind === "later" || kind === "signed-out") break;
      if (kind === "wrong") {
        toast(t("有一个存下的来电没有被接收：{why}。已放回来，请修改后保存。", { why: Object.values(rest.fields)[0] ?? rest.message }), "problem");
        await keeper.keepDraft(call);
        if (isEmpty()) putBack(call);
        continue;
      }
      await keeper.forget(call.id);
      list(rest.receipt);
      toast(t("存下的来电已交上，查询码 {code}", { code: rest.receipt.receipt_code ?? rest.receipt.code }), "ok");
    }
    await showUnsent();
  };
  const showUnsent = async () => {
    const n = (await keeper.unsent().catch(() => [])).length;
    fill(find(".call-unsent"), n ? el("p", { class: "notice", "data-state": "due" }, icon("offline"), el("span", { class: "notice-body" }, t("{n} 个来电还没有交上，会自动再交。", { n }))) : null);
  };

  const list = (receipt) => {
    const place = find(".call-list");
    const address = `${settings.urls.calls}/calls/${receipt.id}`;
    if (place.querySelector(`[href="${address}"]`)) return;
    const words = el("span", { class: "row-main" }, el("span", { class: "row-title" }, receipt.text.slice(0, 40)), el("span", { class: "row-detail code" }, receipt.code));
    place.prepend(el("li", {}, el("a", { class: "row", href: address }, words, el("span", { class: "row-side" }, el("span", { class: "row-meta" }, receipt.at.slice(11))))));
    find(".call-none")?.remove();
    fill(find(".call-count"), place.children.length);
  };
  const dialog = find(".call-receipt");
  const showReceipt = (receipt) => {
    if (receipt.receipt_code) showCode(find(".call-code"), receipt.receipt_code);
    else fill(find(".call-code"), el("strong", { class: "call-plain" }, receipt.code));
    const who = receipt.pseudonym ? t("来电人已封存，代号 {code}。", { code: receipt.pseudonym }) : t("来电人没有留姓名电话，只能凭查询码查进展。");
    fill(find(".call-about"), t("线索编号 {code}。", { code: receipt.code }), who);
    dialog.showModal();
    dialog.querySelector("[data-next]").focus();
  };
  dialog.addEventListener("close", fresh);
  dialog.querySelector("[data-next]").addEventListener("click", () => dialog.close());

  const putBack = (call) => {
    for (const [name, value] of Object.entries(call)) {
      const each = field(name);
      if (BOXES.has(name)) each.checked = value;
      else if (each) each.value = value;
    }
    if (call.lon) {
      const kept = { lon: Number(call.lon), lat: Number(call.lat) };
      place.show(kept);
      place.look(kept);
      setPlace(kept, false);
    }
    startedAt = Date.now();
    hints.typed();
    fill(find(".call-kept"), t("上次没写完的来电已放回来，还没有提交"));
  };

  const pressed = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else save();
    } else if (!dialog.open && (KEYS[event.key] || event.key === "F9")) {
      event.preventDefault();
      if (event.key === "F9") hints.focus();
      else field(KEYS[event.key]).focus();
    }
  };
  const submitted = (event) => {
    event.preventDefault();
    save();
  };
  // Enter in a line must not hand in half a call
  const inLine = (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])") && !event.ctrlKey && !event.metaKey) event.preventDefault();
  };
  const hidden = () => {
    if (document.visibilityState === "hidden") keep();
  };
  document.addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", hidden);
  window.addEventListener("online", handIn);
  form.addEventListener("submit", submitted);
  form.addEventListener("keydown", inLine);
  form.addEventListener("input", changed);
  const again = setInterval(() => find(".call-unsent").firstChild && handIn(), AGAIN_MS);
  const clock = setInterval(() => {
    const seconds = startedAt ? Math.floor((Date.now() - startedAt) / 1000) : 0;
    fill(find(".call-clock"), startedAt ? t("已记 {time}", { time: `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}` }) : "");
  }, 1000);

  const kept = await keeper.draft().catch(() => null);
  if (kept && isEmpty()) putBack(kept);
  handIn().catch(() => {});
  field("text").focus();
  return () => {
    document.removeEventListener("keydown", pressed);
    document.removeEventListener("visibilitychange", hidden);
    window.removeEventListener("online", handIn);
    clearInterval(again);
    clearInterval(clock);
    stopSchools();
    place.stop();
  };
}
