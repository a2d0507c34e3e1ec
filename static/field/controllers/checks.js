// 检查: drafts and what was finished, each with its light.

import { t } from "../../helpers/i18n.js";
import { ago, dayAndClock } from "../../helpers/time.js";
import { empty, linkButton, row, rows, section } from "../helpers/parts.js";
import { lightOf } from "../helpers/words.js";
import { photosOf } from "../models/draft.js";
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
    title: draft.site_name || t("新疑似点"),
    detail: [draft.site_report ? t("还没登记完") : kindOf(app, draft.kind), photos && t("{n} 张照片", { n: photos })].filter(Boolean).join(" · "),
    meta: ago(draft.updated_at),
    href: draft.site_report ? `/m/sites/new?draft=${draft.id}` : `/m/check/${draft.id}`,
    iconName: "edit",
    state: ["due", t("草稿")],
  });
}

function recordRow(app, record) {
  return row({
    title: record.site_name,
    detail: record.kind === "site" ? t("登记疑似点") : record.kind === "site-edit" ? t("更正点位") : kindOf(app, record.check_kind),
    meta: dayAndClock(record.finished_at).slice(5),
    href: `/m/checks/${record.id}`,
    iconName: { site: "suspected", "site-edit": "edit" }[record.kind] ?? "check",
    state: lightOf(record, app.outbox.status),
  });
}

function kindOf(app, kind) {
  return app.bundle?.word("check_kinds", kind) ?? "";
}
