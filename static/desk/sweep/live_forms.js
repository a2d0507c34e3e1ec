// The forms of the board: each stands in a dialog, is sent without leaving the page, and says what is wrong by field.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";

const WAIT_MS = 250;

/** Returns { open(name, values), stop() }. `board()` gives the board as it is now. */
export function connectForms(page, address, board) {
  const forms = [...page.querySelectorAll("form[data-deed]")];
  const stopping = forms.map((form) => {
    const send = (event) => {
      event.preventDefault();
      submit(form, `${address}/live/${form.dataset.deed}`);
    };
    form.addEventListener("submit", send);
    return () => form.removeEventListener("submit", send);
  });
  const search = page.querySelector("[data-site-search]");
  if (search) stopping.push(searchSites(search));

  function open(name, values) {
    const form = forms.find((each) => each.dataset.deed === name);
    if (!form) return;
    form.reset();
    clear(form);
    for (const control of form.elements) if (control.name === "team_id") offerTeams(control, board().teams, name, values);
    for (const [key, value] of Object.entries(values)) if (form.elements[key]) form.elements[key].value = value;
    const about = form.querySelector("[data-about]");
    if (about) fill(about, values.who ?? "");
    form.closest("dialog").showModal();
  }

  return { open, stop: () => stopping.forEach((each) => each()) };
}

/** One that the stop is with already is not offered. */
function offerTeams(select, teams, name, { seen }) {
  const choices = teams.filter(({ id }) => id !== seen).map((team) => el("option", { value: team.id }, team.name));
  fill(select, name === "message" ? el("option", { value: "" }, t("全体小组")) : null, choices);
}

async function submit(form, to) {
  clear(form);
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const answer = await fetch(to, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) return complain(form, said);
    form.closest("dialog").close();
    toast(form.dataset.done, "ok");
  } catch {
    complain(form, { message: t("没有连上服务器，没有发出，请重试") });
  } finally {
    button.disabled = false;
  }
  return undefined;
}

function complain(form, { message, fields = {} }) {
  const left = Object.entries(fields).filter(([name, words]) => !mark(form, name, words));
  if (!Object.keys(fields).length || left.length) fill(form.querySelector("[data-wrong]"), icon("warning"), el("span", {}, left.map(([, words]) => words).join(" ") || message || t("没有成功，请重试")));
}

function mark(form, name, words) {
  const control = form.elements[name];
  const place = control?.closest?.(".field");
  if (!place) return false;
  control.setAttribute("aria-invalid", "true");
  place.append(el("p", { class: "field-error" }, icon("warning"), el("span", {}, words)));
  control.focus();
  return true;
}

function clear(form) {
  for (const each of form.querySelectorAll(".field-error:not([data-wrong])")) each.remove();
  for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  fill(form.querySelector("[data-wrong]"));
}

/** Words become a list of sites; the one that is chosen fills `site_id`. */
function searchSites(box) {
  const [input, list] = [box.querySelector("input[type=search]"), box.querySelector("select")];
  let timer = 0;
  const ask = async () => {
    const words = input.value.trim();
    if (!words) return fill(list);
    const answer = await fetch(`/api/v1/search?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || words !== input.value.trim()) return undefined;
    const { results } = await answer.json();
    const sites = results.map((each) => ({ ...each, id: new URL(each.href, location.href).searchParams.get("site") })).filter(({ id }) => id);
    return fill(list, sites.length ? sites.map(({ id, label, hint }) => el("option", { value: id }, [label, hint].filter(Boolean).join(" · "))) : el("option", { value: "" }, t("没有找到这样的点位")));
  };
  const typed = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  };
  input.addEventListener("input", typed);
  return () => input.removeEventListener("input", typed);
}
