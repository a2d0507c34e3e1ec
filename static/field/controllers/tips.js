// 我反映的线索: what I told, and what became of it. Works without a signal, as of the last contact.

import { t } from "../../helpers/i18n.js";
import { ago, dayAndClock } from "../../helpers/time.js";
import { empty, linkButton, row, rows, section } from "../helpers/parts.js";
import { lightOf } from "../helpers/words.js";
import { draftAddress } from "../models/standing.js";
import { titleOf } from "../models/tip.js";
import { live, nothingYet } from "./live.js";

const KINDS = { new: "due", assigned: "due", confirmed: "ok", unfounded: "unknown", duplicate: "unknown", transferred: "unknown", invalid: "unknown" };

export default async function tips(screen) {
  screen.frame({ title: t("我反映的线索"), back: "/m/me" });
  if (!screen.app.bundle) return nothingYet(screen);
  await live(screen, () => draw(screen));
}

async function draw(screen) {
  const { app } = screen;
  const known = app.bundle.ownTips;
  const named = new Set(known.map(({ id }) => id));
  const [drafts, records] = await Promise.all([app.store.drafts(), app.store.records()]);
  const begun = drafts.filter(({ form }) => form === "tip");
  const mine = records.filter(({ kind, id }) => kind === "tip" && !named.has(id)).reverse();
  screen.frame({ primary: [linkButton(begun.length ? t("继续填写") : t("反映线索"), "/m/tips/new", { kind: "primary", iconName: "tip" })] });
  if (!begun.length && !mine.length && !known.length) {
    return screen.show(empty(t("还没有反映过线索"), t("看到或听到违规补课，随手记一条，没有信号也能记；办到哪一步，在这里看。"), null, "tip"));
  }
  return screen.show(
    begun.length > 0 && section(t("还没交"), rows(begun.map(draftRow))),
    mine.length > 0 && section(t("在手机上"), rows(mine.map((record) => recordRow(app, record)))),
    known.length > 0 && section(t("已收到"), rows(known.map((tip) => tipRow(app, tip)))),
  );
}

function draftRow(draft) {
  return row({ title: titleOf(draft.tip) || t("新线索"), meta: ago(draft.updated_at), href: draftAddress(draft), iconName: "edit", state: ["due", t("草稿")] });
}

function recordRow(app, record) {
  return row({ title: record.site_name, meta: dayAndClock(record.finished_at).slice(5), href: `/m/checks/${record.id}`, iconName: "tip", state: lightOf(record, app.outbox.status) });
}

function tipRow({ bundle }, tip) {
  const detail = [tip.code, tip.answer || t("{when}交的", { when: ago(tip.received_at) })].join(" · ");
  return row({ title: titleOf(tip), detail, iconName: "tip", state: [KINDS[tip.state] ?? "unknown", bundle.word("tip_states", tip.state)] });
}
