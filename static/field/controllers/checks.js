// 检查: drafts and what was finished, each with its light.

import { t } from "../../helpers/i18n.js";
import { ago, dayAndClock } from "../../helpers/time.js";
import { empty, linkButton, row, rows, section } from "../helpers/parts.js";
import { lightOf } from "../helpers/words.js";
import { photosOf } from "../models/draft.js";
import { draftAddress } from "../models/standing.js";
import { titleOf } from "../models/tip.js";
import { live } from "./live.js";

export default async function checks(screen) {
  screen.frame({ title: t("检查") });
  await live(screen, () => draw(screen));
}

async function draw(screen) {
  const { app } = screen;
  const [drafts, records] = await Promise.all([app.store.drafts(), app.store.records()]);
  if (!drafts.length && !records.length) {
    const go = linkButton(t("看附近"), "/m/nearby", { kind: "primary", iconName: "here" });
    return screen.show(empty(t("还没有检查"), t("从“今日”的任务或“附近”的点位开始一次检查，做到一半也会自动保存在这里。"), go, "check"));
  }
  screen.show(
    drafts.length > 0 && section(t("草稿"), rows(drafts.map((draft) => draftRow(app, draft)))),
    records.length > 0 && section(t("已提交"), rows(records.reverse().map((record) => recordRow(app, record)))),
  );
}

function draftRow(app, draft) {
  const photos = photosOf(draft).length;
  return row({
    title: draft.tip ? titleOf(draft.tip) || t("新线索") : draft.site_name || t("新疑似点"),
    detail: [kindOfDraft(app, draft), photos && t("{n} 张照片", { n: photos })].filter(Boolean).join(" · "),
    meta: ago(draft.updated_at),
    href: draftAddress(draft),
    iconName: "edit",
    state: ["due", t("草稿")],
  });
}

function recordRow(app, record) {
  return row({
    title: record.site_name,
    detail: kindOfRecord(app, record),
    meta: dayAndClock(record.finished_at).slice(5),
    href: `/m/checks/${record.id}`,
    iconName: { site: "suspected", "site-edit": "edit", visit: "route", tip: "tip" }[record.kind] ?? "check",
    state: lightOf(record, app.outbox.status),
  });
}

function kindOfDraft(app, { form, site_report, kind }) {
  if (form === "visit") return t("正在走访");
  if (form === "tip") return t("还没交的线索");
  return site_report ? t("还没登记完") : kindOf(app, kind);
}

function kindOfRecord(app, { kind, visit, check_kind }) {
  if (kind === "visit") return t("排查走访 · {outcome}", { outcome: app.bundle?.word("visit_outcomes", visit.outcome) ?? "" });
  return { site: t("登记疑似点"), "site-edit": t("更正点位"), tip: t("反映线索") }[kind] ?? kindOf(app, check_kind);
}

function kindOf(app, kind) {
  return app.bundle?.word("check_kinds", kind) ?? "";
}
