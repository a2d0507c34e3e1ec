// Known problems of the site: how each is now, and how it looks beside how it looked.

import { el, fill, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { button, iconButton, state } from "../helpers/parts.js";
import { dueState, outcomeWords } from "../helpers/problem.js";
import { smallBefore } from "../models/before.js";
import { OUTCOMES, itemOf, photosAfter, rechecked } from "../models/rechecks.js";
import { Photos } from "./photos.js";
import { Pictures } from "./pictures.js";
import { takeSameView } from "./same-view.js";

const STATES = { fixed: "ok", partly: "due", not_fixed: "problem", unseen: "unknown" };

export default async function knownStep(flow) {
  const urls = [];
  flow.screen.onLeave(() => urls.splice(0).forEach((url) => URL.revokeObjectURL(url)));
  const articles = [];
  for (const problem of flow.problems) articles.push(await new Known(flow, problem, urls).element());
  return [el("p", { class: "muted" }, t("逐个看现在怎么样了。从整改前照片的同一位置再拍一张，两张并排就是证明。")), ...articles];
}

class Known {
  #flow;
  #problem;
  #urls;
  #pictures;
  #pairs = el("div", { class: "stack-tight" });
  #lacking = el("p", { class: "field-error", hidden: true });

  constructor(flow, problem, urls) {
    this.#flow = flow;
    this.#problem = problem;
    this.#urls = urls;
    this.#pictures = new Pictures(flow.screen, flow.editor.draft.id);
  }

  async element() {
    const { id, text, order, due_on } = this.#problem;
    const about = el("p", { class: "cluster" }, due_on && state(...dueState(due_on)), order && el("span", { class: "muted small" }, order));
    const photos = new Photos(this.#flow.screen, this.#flow.editor, { finding: id, onChange: () => this.#changed() });
    await this.#drawPairs();
    this.#showLacking();
    return el("article", { class: "item", id: itemOf(this.#problem) }, el("p", { class: "problem-text" }, text), about, this.#pairs, this.#outcome(), this.#note(), await photos.element(), this.#lacking);
  }

  get #said() {
    return this.#flow.editor.draft.rechecks?.[this.#problem.id] ?? { outcome: null, note: "" };
  }

  #say(changes) {
    this.#flow.editor.apply((draft) => rechecked(draft, this.#problem, changes));
    this.#changed();
  }

  #changed() {
    this.#showLacking();
    this.#flow.refresh();
  }

  #outcome() {
    const labels = outcomeWords();
    const choices = OUTCOMES.map((value) => {
      const input = el("input", { type: "radio", name: itemOf(this.#problem), value, checked: this.#said.outcome === value });
      input.addEventListener("change", () => this.#say({ outcome: value }));
      return el("label", { class: "choice", "data-state": STATES[value] }, input, el("span", {}, labels[value]));
    });
    return el("fieldset", { class: "field" }, el("legend", { class: "visually-hidden" }, t("现在怎么样")), el("div", { class: "choices outcomes" }, choices));
  }

  #note() {
    const note = el("textarea", { class: "input", rows: 2, maxlength: 2000, "aria-label": t("复查情况说明"), placeholder: t("写明现在看到的情况") });
    note.value = this.#said.note;
    note.addEventListener("input", () => this.#say({ note: note.value }));
    return note;
  }

  #showLacking() {
    const found = this.#flow.missing().filter(({ item }) => item === itemOf(this.#problem));
    this.#lacking.hidden = !found.length;
    const words = this.#said.outcome ? t("选“已整改到位”，至少要有一张整改后的照片。") : t("写了情况，还要选一个复查结果。");
    fill(this.#lacking, icon("warning"), el("span", {}, words));
  }

  async #drawPairs() {
    const before = this.#flow.app.bundle.photosBefore(this.#problem.id);
    const pairs = [];
    for (const [index, photo] of before.entries()) pairs.push(await this.#pair(photo, index + 1));
    fill(this.#pairs, pairs.length ? pairs : el("p", { class: "muted small" }, t("手机上没有整改前的照片，请直接拍现在的样子。")));
  }

  async #pair(photo, n) {
    const kept = await smallBefore(this.#flow.app, photo);
    const url = kept && this.#url(new Blob([kept.bytes], { type: kept.type }));
    const alt = photo.caption || t("整改前 {n}", { n });
    const picture = url ? el("img", { src: url, alt, width: 320, height: 320 }) : el("span", { class: "photo-missing" }, icon("photo"), el("span", {}, t("有信号时才能看到")));
    const before = el("figure", {}, el("span", { class: "photo" }, picture), el("figcaption", {}, t("整改前 {n}", { n })));
    return el("div", { class: "pair" }, before, await this.#after(photo, n, url));
  }

  async #after(photo, n, url) {
    const made = photosAfter(this.#flow.editor.draft, this.#problem.id).find(({ before_id }) => before_id === photo.id);
    const take = () => this.#take(photo, url, made);
    if (!made) return button(t("同位置拍照"), { kind: "primary", iconName: "camera", onPress: take, class: "button button-primary same-view", "aria-label": t("同位置拍照，对照整改前 {n}", { n }) });
    const tools = el("div", { class: "photo-tools" }, iconButton(t("重拍整改后 {n}", { n }), "camera", take), this.#remover(made, n));
    const tile = await this.#pictures.tile(made, { extra: tools });
    return el("figure", {}, el("ul", { class: "photos one" }, tile), el("figcaption", {}, t("整改后 {n}", { n })));
  }

  #remover(file, n) {
    const remove = iconButton(t("删除整改后 {n}", { n }), "close", async () => {
      if (remove.dataset.armed === undefined) {
        remove.dataset.armed = "";
        return toast(t("再按一次，删除整改后 {n}", { n }), "due");
      }
      await this.#flow.editor.dropPhoto(file.id);
      await this.#drawPairs();
      return this.#changed();
    });
    return remove;
  }

  async #take(photo, url, old) {
    const { editor, app } = this.#flow;
    await editor.flush().catch(() => {});
    const taken = await takeSameView(url, photo.caption);
    if (!taken) return;
    const { whereabouts } = app;
    const shows = { purpose: "scene", item: null, finding_id: this.#problem.id, before_id: photo.id, caption: "" };
    const values = { type: taken.type, ...shows, taken_at: taken.at.toISOString(), fix: whereabouts.best(), fixes: whereabouts.around(), input: "camera" };
    try {
      const kept = await (old ? editor.retake(old.id, taken.bytes, values) : editor.addPhoto(taken.bytes, values));
      if (!kept) toast(t("这张照片已经添加过。"));
    } catch (error) {
      toast(error?.name === "QuotaExceededError" ? t("手机空间不够，这张照片没有存下；已填的内容都在。请先发送或导出，再重拍。") : t("这张照片没有存下，请重拍；已填的内容都在。"), "problem");
    }
    navigator.vibrate?.(30);
    await this.#drawPairs();
    this.#changed();
  }

  #url(blob) {
    const url = URL.createObjectURL(blob);
    this.#urls.push(url);
    return url;
  }
}
