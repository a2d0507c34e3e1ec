// Correcting what is known of a site, on the spot and without a signal. The server merges it with what others changed.

import { el } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, empty, field, notice, select } from "../helpers/parts.js";
import { isUnsent } from "../models/standing.js";
import { correctSite } from "../models/record.js";
import { nothingYet } from "./live.js";

const ROLES = ["inspector", "enforcer", "grid_worker", "township_admin", "dispatcher"];

export function mayCorrect(app) {
  return app.bundle.person.roles.some((role) => ROLES.includes(role));
}

/** What this phone has corrected and not sent yet: the site still shows the old values. */
export async function pending(app, site) {
  const records = (await correctionsOf(app, site)).filter(isUnsent);
  if (!records.length) return null;
  const words = records.flatMap(({ values }) => Object.entries(values).map(([name, value]) => el("li", {}, t("{name}：{value}", { name: labels()[name], value: value || t("空白") }))));
  return notice("", "due", t("更正还在手机上"), el("ul", {}, words));
}

/** This phone's corrections of a site, in the order in which they were made. */
async function correctionsOf(app, site) {
  const records = (await app.store.records()).filter(({ kind, site_id }) => kind === "site-edit" && site_id === site.id);
  return records.sort((a, b) => a.sequence - b.sequence);
}

/** The site as this phone knows it: with what it corrected since the site was fetched, so that it doesn't contradict itself. */
async function asKnown(app, site) {
  const known = { ...site };
  for (const { values, fields, completed_at } of await correctionsOf(app, site)) {
    if (completed_at && completed_at <= app.bundle.fetchedAt) continue;
    for (const [name, value] of Object.entries(values)) known[name] = fields?.[name]?.value ?? value;
  }
  return known;
}

export async function showCorrection(screen) {
  const { app } = screen;
  screen.frame({ title: t("更正点位"), back: `/m/sites/${screen.id}`, isFlow: true });
  if (!app.bundle) return nothingYet(screen);
  const found = app.bundle.site(screen.id);
  if (!found || !mayCorrect(app)) return screen.show(empty(t("手机上没有这个点位"), "", null, "location"));
  const site = await asKnown(app, found);
  const base = Object.fromEntries(fieldsOf(site).map((name) => [name, site[name] ?? ""]));
  const values = { ...base };
  screen.show(
    site.kind !== "suspected" && notice(t("学校和机构的名称、类别以证照为准，请告诉专班更正。")),
    ...fieldsOf(site).map((name) => question(app, site, values, name)),
  );
  screen.frame({ primary: [button(t("保存更正"), { kind: "primary", iconName: "check", onPress: () => save(app, site, base, values) })] });
}

function question(app, site, values, name) {
  if (name === "category") {
    const kinds = app.bundle.vocabulary.site_categories[site.kind] ?? [];
    return field(labels()[name], select(kinds, values[name], (value) => (values[name] = value)));
  }
  const input = el("input", { type: "text", value: values[name], maxlength: { name: 120, address: 300 }[name] ?? 60, autocomplete: "off" });
  input.addEventListener("input", () => (values[name] = input.value));
  return field(labels()[name], input);
}

async function save(app, site, base, values) {
  const touched = Object.keys(values).filter((name) => values[name].trim() !== base[name]);
  if (!touched.length) return toast(t("没有改动"), "due");
  if (touched.includes("name") && !values.name.trim()) return toast(t("名称不能为空"), "due");
  const only = (from) => Object.fromEntries(touched.map((name) => [name, from[name].trim()]));
  await correctSite(app.store, app.personId, site, only(base), only(values));
  toast(t("已保存在本机，会自动上传。"), "ok");
  await app.go(`/m/sites/${site.id}`, { replace: true });
  app.outbox.kick();
}

/** Only what the phone has taken along can be corrected on it: else it would not know what it changes. */
function fieldsOf({ kind }) {
  return kind === "suspected" ? ["name", "category", "address", "person_in_charge"] : ["address", "person_in_charge"];
}

function labels() {
  return { name: t("名称"), category: t("类别"), address: t("地址"), person_in_charge: t("负责人") };
}
