// E-mail files, one after the other: read by the server, looked at here, taken when somebody says so. What was chosen
// stays in this page alone until then. Text of a mail is text, whatever stands in it.

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const LONGEST = 5000;
const HEADERS = { Accept: "application/json" };

export default function connect(root) {
  const { read, take } = JSON.parse(root.dataset.settings);
  const list = root.querySelector(".mail-list");
  const input = root.querySelector("[type=file]");
  const all = root.querySelector(".mail-all");
  const waiting = new Set();
  let line = Promise.resolve();

  const count = () => {
    all.hidden = waiting.size === 0;
    fill(root.querySelector(".mail-count"), t("还有 {n} 封等您看过", { n: waiting.size }));
  };
  const chosen = () => {
    for (const file of input.files) {
      const card = el("li", { class: "call-part mail-card" }, heading(file.name, "", t("正在读"), "due"));
      list.append(card);
      line = line.then(() => look(card, file));
    }
    input.value = "";
  };
  const look = async (card, file) => {
    const { said, ok } = await post(read, file);
    if (!ok) return fill(card, heading(file.name, "", t("没有读出来"), "problem"), el("p", { class: "field-error" }, icon("warning"), el("span", {}, said.message)));
    if (said.known) return fill(card, heading(said.subject || file.name, said.sent_at, t("已收过"), "unknown"), el("p", { class: "muted" }, t("这封邮件已经收下，线索编号 {code}。", { code: said.known })));
    return offer(card, file, said);
  };
  const offer = (card, file, mail) => {
    const form = el("form", { class: "form", novalidate: true, autocomplete: "off" });
    const words = [mail.subject, mail.text].filter(Boolean).join("\n");
    const text = el("textarea", { class: "input", name: "text", rows: 6, maxlength: LONGEST, id: `t-${mail.id}` });
    text.value = words.slice(0, LONGEST);
    const sender = { complainant_name: [t("姓名"), mail.sender.name, 50], complainant_phone: [t("电话"), mail.sender.phone, 40], complainant_contact: [t("邮箱"), mail.sender.contact, 100], complainant_address: [t("住址"), "", 200] };
    const no = el("button", { class: "button button-quiet", type: "button" }, t("不收"));
    const yes = el("button", { class: "button button-primary", type: "submit" }, icon("tick"), el("span", {}, t("收下")));
    const said = el("div", { role: "alert" });
    fill(
      form,
      el("div", { class: "field" }, el("label", { for: text.id }, t("内容（可以删去无关的话）")), text),
      el(
        "section",
        { class: "call-part call-sealed" },
        el("h3", {}, icon("lock"), t("发件人，单独封存")),
        el("div", { class: "form-row" }, Object.entries(sender).map(([name, [label, value, most]]) => lineOf(name, label, value, most, mail.id))),
        el("div", { class: "cluster" }, tick("wants_answer", t("要回复处理结果"), mail.id), tick("complainant_is_minor", t("发件人是未成年人"), mail.id), tick("names_minor", t("说到了孩子的姓名或学校班级"), mail.id)),
      ),
      mail.files.length ? el("p", {}, t("附件 {n} 个：", { n: mail.files.length }), mail.files.map(({ name, size }) => `${name}（${kilobytes(size)}）`).join("、")) : null,
      mail.files.length ? el("p", { class: "muted small" }, t("附件里可能有发件人的姓名电话，办理前请先看。")) : null,
      mail.notes.map((note) => el("p", { class: "muted small" }, note)),
      said,
      el("div", { class: "form-actions" }, yes, no),
    );
    const takeIt = async () => {
      yes.disabled = true;
      const { said: answer, ok } = await post(take, file, new FormData(form));
      yes.disabled = false;
      if (!ok) {
        const why = Object.values(answer.fields ?? {})[0] ?? answer.message;
        return fill(said, el("p", { class: "field-error" }, icon("warning"), el("span", {}, why)));
      }
      waiting.delete(takeIt);
      count();
      const code = answer.receipt_code ? t("查询码 {code}，可以回信告诉发件人。", { code: answer.receipt_code }) : "";
      return fill(card, heading(mail.subject || file.name, mail.sent_at, t("已收下"), "ok"), el("p", {}, t("线索编号 {code}。", { code: answer.code }), code), answer.refused.map((each) => el("p", { class: "field-error" }, icon("warning"), el("span", {}, each))));
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      takeIt();
    });
    no.addEventListener("click", () => {
      waiting.delete(takeIt);
      count();
      card.remove();
    });
    waiting.add(takeIt);
    count();
    fill(card, heading(mail.subject || file.name, mail.sent_at, t("等您看过"), "due"), form);
  };
  const takeAll = async () => {
    for (const each of [...waiting]) await each();
  };
  input.addEventListener("change", chosen);
  all.querySelector("[data-all]").addEventListener("click", takeAll);
  return () => input.removeEventListener("change", chosen);
}

async function post(address, file, form = new FormData()) {
  form.set("file", file, "mail.eml"); // what the file is called here may be somebody's name
  const answer = await fetch(address, { method: "POST", body: form, headers: HEADERS }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer || !said) return { ok: false, said: { message: t("没有连上服务器，这封邮件没有收下，请稍后再试。") } };
  return { ok: answer.ok, said };
}

function heading(title, at, state, kind) {
  const shape = { ok: "ok", due: "clock", problem: "warning" }[kind] ?? "unknown";
  return el("div", { class: "mail-head" }, el("h2", {}, title), el("span", { class: "muted small" }, at), el("span", { class: "state", "data-state": kind }, icon(shape), state));
}

function lineOf(name, label, value, most, id) {
  const input = el("input", { class: "input", name, maxlength: most, id: `${name}-${id}` });
  input.value = value.slice(0, most);
  return el("div", { class: "field" }, el("label", { for: input.id }, label), input);
}

function tick(name, label, id) {
  return el("span", { class: "check" }, el("input", { type: "checkbox", name, value: "1", id: `${name}-${id}` }), el("label", { for: `${name}-${id}` }, label));
}

function kilobytes(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
