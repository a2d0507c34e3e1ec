// 排查走访: one walk through a cell. Nothing seen is two taps; what is found is a lead of its own.

import { el, fill } from "../../helpers/dom.js";
import { marked, t } from "../../helpers/i18n.js";
import { ago, clock } from "../../helpers/time.js";
import { toast } from "../../helpers/toast.js";
import { distance } from "../../helpers/distance.js";
import { cellName } from "../helpers/cell.js";
import { button, chips, empty, field, linkButton, notice, row, rows, section, state } from "../helpers/parts.js";
import { gradeOf, lightOf } from "../helpers/words.js";
import { fenceOf, metresTo } from "../models/cell-ground.js";
import { cellsOf } from "../models/cells.js";
import { draftAddress } from "../models/standing.js";
import { finishVisit, isBrief, leadsOf } from "../models/visit.js";
import { openCellMap } from "./cell-map.js";
import { live, nothingYet } from "./live.js";
import { walkOf } from "./walk.js";

const EVERY_MS = 1000;
// What is kept is the Chinese word; what is shown is its translation.
const noFixReasons = () => [marked("室内"), marked("地下室"), marked("未授权"), marked("其他")].map((reason) => [reason, t(reason)]);

export default async function visit(screen) {
  const { app } = screen;
  screen.frame({ title: t("走访"), back: "/m/cells", isFlow: true });
  const draft = await app.store.draft(screen.id);
  if (!draft || (await app.store.record(screen.id))) return gone(screen);
  if (!app.bundle) return nothingYet(screen);
  const walk = await walkOf(app, draft);
  if (!walk) return screen.show(notice(t("这次走访在另一个页面开着。请到那个页面继续，或先关掉它。"), "due", t("一份草稿只能在一个页面里填")));
  return new Visit(screen, walk).open();
}

async function gone(screen) {
  if (await screen.app.store.record(screen.id)) return screen.app.go(`/m/checks/${screen.id}`, { replace: true });
  return screen.show(empty(t("手机上没有这次走访"), t("它可能已经提交，或在另一台手机上。"), linkButton(t("看我的网格"), "/m/cells"), "route"));
}

class Visit {
  #screen;
  #app;
  #walk;
  #where = el("div", { class: "fix", role: "status" });
  #progress = el("p", { class: "muted small" });
  #reasons = el("div", {});
  #leads = el("div", {});
  #map = null;
  #isSure = false;
  #drawn = "";

  constructor(screen, walk) {
    [this.#screen, this.#app, this.#walk] = [screen, screen.app, walk];
  }

  get #draft() {
    return this.#walk.editor.draft;
  }

  get #cell() {
    return cellsOf(this.#app.bundle).get(this.#draft.cell_id);
  }

  get #shape() {
    return this.#app.bundle.shapeOf(this.#draft.cell_id);
  }

  async open() {
    const { draft } = this.#walk.editor;
    const cell = this.#cell;
    this.#screen.frame({ title: cell ? cellName(cell) : draft.site_name });
    const box = this.#shape && el("div", { class: "map map-inset cell-map" });
    this.#screen.show(this.#where, this.#progress, this.#reasons, box, this.#leads, this.#note(), this.#discard());
    await live(this.#screen, () => this.#drawLeads());
    this.#draw();
    const ticking = setInterval(() => this.#draw(), EVERY_MS);
    this.#screen.onLeave(() => clearInterval(ticking));
    this.#screen.onLeave(() => this.#walk.editor.flush().catch(() => {}));
    if (box) requestAnimationFrame(() => this.#openMap(box).catch(() => box.remove())); // it must be on the page to be measured
  }

  async #openMap(box) {
    this.#screen.onLeave(() => this.#map?.close());
    this.#map = await openCellMap(box, this.#app, [this.#cell ?? { id: this.#draft.cell_id }]);
    this.#draw();
  }

  #draw() {
    const fix = this.#app.whereabouts.any();
    const grade = gradeOf(fix);
    const words = fix ? this.#placeWords(fix, grade) : [this.#app.whereabouts.fault === "denied" ? t("没有定位权限，走访照样可以记") : t("正在定位…走访照样可以记")];
    fill(this.#where, el("span", { class: "grade", "data-state": grade.kind }, fix ? grade.letter : "–"), el("span", {}, words));
    fill(this.#progress, t("{clock} 开始，{when}，记下 {n} 个位置", { clock: clock(this.#draft.started_at), when: ago(this.#draft.started_at), n: this.#draft.fixes.length }));
    const lacksFix = !this.#draft.fixes.length && Boolean(this.#app.whereabouts.fault);
    if (lacksFix && !this.#reasons.children.length) fill(this.#reasons, this.#noFix());
    if (!lacksFix) fill(this.#reasons);
    this.#map?.setFix(fix, this.#draft.fixes);
  }

  #placeWords(fix, { radius }) {
    const where = { inside: state("ok", t("在网格内")), outside: state("due", t("在网格外")), cannot_tell: state("unknown", t("在网格边上")) };
    const fence = this.#shape ? fenceOf(this.#shape, fix) : null;
    const away = fence === "outside" ? metresTo(this.#shape, [fix.lon, fix.lat]) : 0;
    return [fence && where[fence], el("span", { class: "muted" }, ` ${away ? t("离网格 {distance}，", { distance: distance(away) }) : ""}${radius}`)];
  }

  #noFix() {
    const group = chips(t("无法定位的原因"), noFixReasons(), this.#draft.no_fix_reason, (no_fix_reason) => this.#walk.editor.apply({ no_fix_reason }));
    return section(t("无法定位？"), group);
  }

  #note() {
    const note = el("textarea", { rows: 2, maxlength: 1000 });
    note.value = this.#draft.note;
    note.addEventListener("input", () => this.#walk.editor.apply({ note: note.value }));
    return field(t("备注"), note, { optional: true, hint: t("走了哪些楼、问了谁；未能进入的写明原因") });
  }

  async #drawLeads() {
    const found = await leadsOf(this.#app.store, this.#draft.id);
    const count = found.drafts.length + found.records.length;
    const drawn = JSON.stringify([found.drafts.map(({ id, site_name }) => [id, site_name]), found.records.map((record) => [record.id, lightOf(record, this.#app.outbox.status)])]);
    if (drawn === this.#drawn) return; // each fix is a change: a button must not go from under a thumb
    this.#drawn = drawn;
    const items = [
      ...found.drafts.map((draft) => row({ title: draft.site_name || t("新疑似点"), detail: t("还没登记完"), href: draftAddress(draft), iconName: "edit", state: ["due", t("草稿")] })),
      ...found.records.map((record) => row({ title: record.site_name, href: `/m/checks/${record.id}`, iconName: "suspected", state: lightOf(record, this.#app.outbox.status) })),
    ];
    const add = linkButton(t("发现线索，登记疑似点"), `/m/sites/new?visit=${this.#draft.id}`, { iconName: "suspected", wide: true });
    fill(this.#leads, section(t("发现的线索"), items.length > 0 && rows(items), add));
    this.#screen.frame({ primary: this.#buttons(count, found.drafts[0]) });
  }

  #buttons(count, open) {
    const end = (outcome) => ({ currentTarget }) => this.#end(outcome, currentTarget, open);
    if (count) return [button(t("结束走访（{n} 条线索）", { n: count }), { kind: "primary", iconName: "tick", onPress: end("leads") })];
    return [button(t("未能进入"), { onPress: end("no_access") }), button(t("未见异常"), { kind: "primary", iconName: "tick", onPress: end("clean") })];
  }

  async #end(outcome, pressed, open) {
    if (open) {
      toast(t("有一条线索还没登记完，请先填完或放弃。"), "due");
      return this.#app.go(draftAddress(open));
    }
    if (outcome === "clean" && isBrief(this.#draft) && !this.#isSure) {
      this.#isSure = true;
      return toast(t("走访还不到一分钟，确认走完了就再按一次。"), "due");
    }
    pressed.disabled = this.#walk.isResting = true;
    return this.#finish(outcome).catch((error) => {
      pressed.disabled = this.#walk.isResting = false;
      reportError(error);
      toast(t("没有提交成功，走访还在手机上。请再按一次；仍不行请刷新页面。"), "problem");
    });
  }

  async #finish(outcome) {
    const { editor } = this.#walk;
    await editor.flush();
    await finishVisit(this.#app.store, editor.draft, { outcome, userAgent: navigator.userAgent });
    await this.#walk.end();
    navigator.vibrate?.(30);
    await this.#app.reread();
    await this.#app.go(`/m/checks/${editor.draft.id}`, { replace: true });
    this.#app.outbox.kick();
  }

  #discard() {
    const remove = button(t("放弃这次走访"), { kind: "quiet" });
    remove.addEventListener("click", async () => {
      if (remove.dataset.armed === undefined) {
        remove.dataset.armed = "";
        return fill(remove.querySelector("span"), t("再按一次，这次走访的记录会删除"));
      }
      await this.#walk.end();
      await this.#walk.editor.flush().catch(() => {});
      await this.#app.store.discardDraft(this.#draft.id);
      return this.#app.go("/m/cells", { replace: true });
    });
    return remove;
  }
}
