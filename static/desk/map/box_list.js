// What lies in the rectangle a person drew, as the content of the panel.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";

const SHOWN = 100;

/** sides: west, south, east, north; pairs: the filters of the map. Gives an element, also when the answer is a no. */
export async function boxList(sides, pairs, settings) {
  const asked = new URLSearchParams([...pairs, ["box", sides.map((side) => side.toFixed(6)).join(",")]]);
  try {
    const answer = await fetch(`/api/v1/sites/in-box?${asked}&size=${SHOWN}`, { credentials: "same-origin" });
    const found = await answer.json();
    if (!answer.ok) return frame(t("没有列出"), el("p", {}, Object.values(found.fields ?? {})[0] ?? found.message));
    return listed(found, asked, settings);
  } catch {
    return frame(t("没有列出"), el("p", {}, t("网络不通，请稍后再框选一次。")));
  }
}

function listed({ total, sites }, asked, settings) {
  const rows = sites.map((site) => row(site, settings));
  const more = el("a", { class: "button button-primary", href: `${settings.urls.list}?${asked}`, "hx-boost": "false" }, t("排序、筛选、导出这 {n} 个", { n: total }));
  const rest = total > sites.length ? el("p", { class: "muted small" }, t("这里先列出 {n} 个。", { n: sites.length })) : null;
  const body = total ? [el("ul", { class: "rows" }, rows), rest] : el("p", { class: "muted" }, t("框内没有点位。"));
  return frame(t("框内 {n} 个点位", { n: total.toLocaleString("en") }), body, total ? more : null);
}

function row(site, { kinds, states }) {
  const kind = states[site.state]?.kind ?? "unknown";
  const main = el(
    "span", { class: "row-main" },
    el("span", { class: "row-title" }, site.name),
    el("span", { class: "row-detail" }, [kinds[site.kind], site.township, site.address].filter(Boolean).join(" · ")),
  );
  const state = el("span", { class: "state", "data-state": kind }, icon({ ok: "ok", due: "clock", problem: "warning" }[kind] ?? "unknown"), states[site.state]?.label ?? "");
  return el("li", {}, el("a", { class: "row", href: site.href }, icon(site.kind), main, el("span", { class: "row-side" }, state)));
}

function frame(title, body, foot = null) {
  return el(
    "div", { class: "panel-content", "data-subject": "box" },
    el("header", { class: "panel-head" }, el("div", { class: "panel-title" }, el("h1", { id: "file-title", tabindex: -1 }, title)), closer()),
    el("div", { class: "panel-body", tabindex: 0, role: "region", "aria-labelledby": "file-title" }, body),
    foot ? el("footer", { class: "panel-foot" }, foot) : null,
  );
}

function closer() {
  return el("button", { class: "button button-quiet button-icon", type: "button", title: t("关闭"), "data-closes-panel": true }, icon("close", t("关闭")));
}
