// One joint sweep: when and where to meet, whether the packet is here, how long until the start; then it opens by the key that
// comes, or by the code that command reads out.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { clock, dayAndClock } from "../../helpers/time.js";
import { button, card, empty, facts, field, linkButton, notice, row, rows, section, siteIcon, state } from "../helpers/parts.js";
import { meeting, standing } from "../helpers/sweep.js";
import { WrongCode } from "../models/packet.js";
import { live } from "./live.js";

const SECOND = 1000;
const NEAR_MS = 3 * 60_000;
const [SELDOM_MS, OFTEN_MS] = [30_000, 4_000];

export default async function sealedSweep(screen) {
  const { sweeps } = screen.app;
  await sweeps.load();
  screen.frame({ title: t("联合行动"), back: "/m/sweeps" });
  const view = new SealedSweep(screen, sweeps);
  sweeps.refresh().catch(reportError);
  await live(screen, async () => view.draw());
  view.watch();
}

class SealedSweep {
  #screen;
  #sweeps;
  #shown = "";
  #clock = el("p", { class: "sweep-clock", role: "timer" });
  #typed = el("input", { inputmode: "numeric", autocomplete: "off", maxlength: "24", placeholder: "0000 0000 0000" });
  #said = el("div", { role: "status" });

  constructor(screen, sweeps) {
    this.#screen = screen;
    this.#sweeps = sweeps;
  }

  get #sweep() {
    return this.#sweeps.find(this.#screen.id);
  }

  /** Counts down by the server's clock, and asks for the key: seldom at first, often when the start is near. */
  watch() {
    let asked = Date.now();
    const ticking = setInterval(() => {
      const sweep = this.#sweep;
      if (!sweep || sweep.contents) return;
      const left = this.#left(sweep);
      fill(this.#clock, countdown(left));
      if (Date.now() - asked < (Math.abs(left) < NEAR_MS ? OFTEN_MS : SELDOM_MS) && !(left <= 0 && left > -SECOND)) return;
      asked = Date.now();
      this.#sweeps.refresh().catch(reportError);
    }, SECOND);
    this.#screen.onLeave(() => clearInterval(ticking));
  }

  /** Not while nothing has changed: somebody may be typing. */
  draw() {
    const sweep = this.#sweep;
    const { state: line } = this.#sweeps;
    const now = JSON.stringify([sweep && { ...sweep, offset_ms: 0, reports: 0 }, line]);
    if (now === this.#shown) return;
    this.#shown = now;
    if (!sweep) return this.#screen.show(empty(t("这次行动不在您手机上"), t("可能已经结束、取消，或者您已不在小组里。请问指挥部。"), linkButton(t("看我的行动"), "/m/sweeps"), "people"));
    if (sweep.contents) return showOpened(this.#screen, sweep);
    fill(this.#clock, countdown(this.#left(sweep)));
    this.#screen.show(heading(sweep), this.#packet(sweep, line), this.#byCode(sweep), details(sweep));
  }

  #left(sweep) {
    return Date.parse(sweep.starts_at) - this.#sweeps.serverNow(sweep);
  }

  #packet(sweep, line) {
    const isAway = line !== "same" && line !== "unknown";
    const again = button(t("现在联网试一次"), { iconName: "download", wide: true, onPress: () => this.#sweeps.refresh() });
    if (sweep.is_tampered) return notice(t("收到的内容和指挥部封存的不一致，没有打开，已经报告指挥部。请不要按它行动，打电话给指挥部。"), "problem", t("密封包被改动过"), again);
    if (!sweep.envelope) return notice(t("请在出发前到有信号的地方打开这一页，密封包会自己下载。"), "due", t("密封包还没到手机"), again);
    const isStarted = sweep.state === "running" || this.#left(sweep) <= 0;
    if (isStarted && isAway) return notice(t("打电话问指挥部要 12 位口令，填在下面就能打开；有了信号也会自己打开。"), "due", t("到点了，手机没有信号"), again);
    return card(t("到点自动打开"), this.#clock, el("p", { class: "muted" }, t("密封包已在手机上，到时会自己打开，请保持这一页亮着。没有到点谁也打不开。")));
  }

  #byCode(sweep) {
    if (!sweep.envelope || sweep.is_tampered) return null;
    const open = button(t("用口令打开"), { iconName: "lock", wide: true, onPress: () => this.#tryCode(sweep, open) });
    this.#typed.addEventListener("keydown", (event) => event.key === "Enter" && open.click());
    const words = t("第 {n} 版密封包。指挥部念给您的 12 位数字，空格可有可无。", { n: sweep.envelope.revision });
    return el("details", { class: "card", open: this.#left(sweep) <= 0 }, el("summary", {}, t("没有信号，用口令打开")), el("div", { class: "card-body stack-tight" }, field(t("指挥部口令"), this.#typed, { hint: words }), this.#said, open));
  }

  async #tryCode(sweep, open) {
    open.disabled = true;
    fill(this.#said, t("正在核对口令…"));
    try {
      await this.#sweeps.openWithCode(sweep.id, this.#typed.value);
    } catch (error) {
      fill(this.#said, notice(whyNot(error), "problem"));
    }
    open.disabled = false;
  }
}

function whyNot(error) {
  if (!(error instanceof WrongCode)) return t("密封包被改动过，打不开。已经记下，会报告指挥部。");
  if (error.reason === "short") return t("口令是 12 位数字，请核对。");
  return t("口令不对。请指挥部再念一遍，并核对是不是您这一组、这一版的口令。");
}

function heading(sweep) {
  return el("div", { class: "stack-tight" }, el("h2", {}, meeting(sweep)), el("div", { class: "cluster" }, state(...standing(sweep)), el("span", { class: "muted" }, sweep.name)));
}

function details(sweep) {
  return card(t("集合"), facts([
    [t("集合时间"), dayAndClock(sweep.meets_at)],
    [t("集合地点"), sweep.meeting_point],
    [t("启动"), dayAndClock(sweep.starts_at)],
    [t("预计结束"), clock(sweep.ends_at)],
    [t("小组"), sweep.team.name],
    [t("车辆"), sweep.team.vehicle],
  ]));
}

function countdown(left) {
  if (left <= 0) return t("到点了，正在取启动密钥…");
  const seconds = Math.ceil(left / SECOND);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours) return t("还有 {hours} 小时 {minutes} 分", { hours, minutes });
  return t("还有 {minutes} 分 {seconds} 秒", { minutes, seconds: seconds % 60 });
}

/** What the packet says: the team's stops in order, who is with it, whom to call. */
function showOpened(screen, sweep) {
  const { stops, members, contacts } = sweep.contents;
  const how = sweep.opened_by === "code" ? t("用口令打开") : t("用密钥打开");
  const people = members.map(({ name, department, phone, is_leader }) => row({ title: is_leader ? t("{name}（组长）", { name }) : name, detail: [department, phone].filter(Boolean).join(" · "), iconName: "people" }));
  if (screen.app.night) screen.frame({ primary: [linkButton(t("开始行动"), `/m/night/${sweep.id}`, { kind: "primary", iconName: "route" })] });
  screen.show(
    el("div", { class: "stack-tight" }, el("h2", {}, sweep.name), el("div", { class: "cluster" }, state("ok", how), el("span", { class: "muted" }, dayAndClock(sweep.opened_at)))),
    section(t("去这 {n} 处", { n: stops.length }), rows(stops.map(stopRow))),
    section(t("同组"), rows(people)),
    contacts.length > 0 && section(t("指挥部"), rows(contacts.map(({ name, phone }) => row({ title: name, detail: phone ?? "", href: phone ? `tel:${phone}` : null, iconName: "people" })))),
  );
}

function stopRow({ site, position, enters_at, approach }) {
  const detail = [clock(enters_at), site.address, approach].filter(Boolean).join(" · ");
  return row({ title: `${position}. ${site.name}`, detail, href: `/m/sites/${site.id}`, iconName: siteIcon(site) });
}
