// Photos open large over the page: arrows turn them, Escape closes. A small picture that isn't made yet is asked for again.

import { el, fill, icon } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";

const AGAIN_MS = 300;
const LONGEST_MS = 5000;
const TRIES = 20;

export default function connect(list) {
  const timers = [];
  for (const image of list.querySelectorAll(".photo img")) waitFor(image, timers);
  const open = (event) => {
    const link = event.target.closest("a.photo");
    if (!link || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    show([...list.querySelectorAll("a.photo")], link);
  };
  list.addEventListener("click", open);
  return () => {
    list.removeEventListener("click", open);
    for (const timer of timers) clearTimeout(timer);
  };
}

function waitFor(image, timers) {
  let tries = 0;
  const { src } = image;
  const again = () => {
    image.closest(".photo").dataset.waiting = t("正在生成…");
    if (tries++ < TRIES) timers.push(setTimeout(() => { image.src = `${src}?try=${tries}`; }, Math.min(AGAIN_MS * 1.5 ** tries, LONGEST_MS)));
    else image.closest(".photo").dataset.waiting = t("打不开");
  };
  image.addEventListener("error", again);
  image.addEventListener("load", () => delete image.closest(".photo").dataset.waiting);
  // It may have failed before anyone listened, or not have begun: asked for once more, it tells.
  if (image.complete && !image.naturalWidth) image.src = src;
}

function show(links, first) {
  const image = el("img", { alt: "" });
  const caption = el("figcaption", { "aria-live": "polite" });
  const dialog = el("dialog", { class: "lightbox", "aria-label": t("照片") }, el("figure", {}, image, caption));
  let at = links.indexOf(first);
  const turn = (step) => {
    at = (at + step + links.length) % links.length;
    const { caption: words, lines } = links[at].dataset;
    image.src = links[at].href;
    image.alt = words;
    const count = links.length > 1 ? `${at + 1} / ${links.length} · ` : "";
    fill(caption, el("strong", {}, count + words), el("ul", {}, JSON.parse(lines).map((line) => el("li", {}, line))));
  };
  const tool = (name, label, act) => {
    const button = el("button", { class: "button button-icon", type: "button", title: label }, icon(name, label));
    button.addEventListener("click", act);
    return button;
  };
  const turning = links.length > 1 ? [tool("back", t("上一张"), () => turn(-1)), tool("next", t("下一张"), () => turn(1))] : [];
  dialog.append(el("div", { class: "lightbox-tools" }, turning, tool("close", t("关闭"), () => dialog.close())));
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight" || key === "ArrowLeft") turn(key === "ArrowRight" ? 1 : -1);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    first.focus();
  });
  document.body.append(dialog);
  turn(0);
  dialog.showModal();
}
