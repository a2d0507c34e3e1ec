// (e) The person in charge signs on the glass, or it is written down why not.

import { el } from "../../helpers/dom.js";
import { marked, t } from "../../helpers/i18n.js";
import { button, chips, field, section } from "../helpers/parts.js";
import { signature } from "../models/draft.js";

const WIDTH = 700;
const HEIGHT = 320;
const PEN = 5;
const SETTLED_MS = 500;
// What is kept is the Chinese word; what is shown is its translation.
const refusals = () => [marked("拒绝签字"), marked("负责人不在场"), marked("没有人应门")].map((reason) => [reason, t(reason)]);

export default async function signatureStep(flow) {
  const { editor } = flow;
  const name = el("input", { type: "text", value: editor.draft.person_in_charge, autocomplete: "off", maxlength: 100 });
  name.addEventListener("input", () => editor.apply({ person_in_charge: name.value }));
  const pad = await makePad(flow);
  const refused = chips(t("没有签字的原因"), refusals(), editor.draft.signature_refused, async (reason) => {
    if (reason) await pad.clear();
    editor.apply({ signature_refused: reason });
    flow.refresh();
  });
  pad.onSigned = () => refused.querySelectorAll("button").forEach((chip) => chip.setAttribute("aria-pressed", "false"));
  return [field(t("负责人姓名"), name, { optional: true }), pad.element, section(t("没有签字？"), refused)];
}

async function makePad(flow) {
  const { editor } = flow;
  const canvas = el("canvas", { width: WIDTH, height: HEIGHT, class: "pad", role: "img", "aria-label": t("签字区，请用手指书写") });
  const ink = canvas.getContext("2d");
  blank(ink);
  const kept = signature(editor.draft);
  if (kept) await drawKept(ink, await flow.app.store.photo(kept.id));
  const pad = { element: null, onSigned: () => {}, clear: null };
  let settling;
  let keeping = Promise.resolve();
  const keep = () => {
    delete canvas.dataset.wet;
    keeping = keeping.then(async () => {
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      await editor.sign(await blob.arrayBuffer(), { taken_at: new Date().toISOString(), fix: flow.app.whereabouts.best() });
      pad.onSigned();
      flow.refresh();
    });
    keeping.catch(reportError);
    return keeping;
  };
  draws(canvas, ink, () => clearTimeout(settling), () => (settling = setTimeout(keep, SETTLED_MS)));
  pad.clear = async () => {
    clearTimeout(settling);
    delete canvas.dataset.wet;
    await keeping.catch(() => {});
    blank(ink);
    await editor.unsign();
    flow.refresh();
  };
  flow.onLeaveStep(() => {
    clearTimeout(settling);
    return canvas.dataset.wet === undefined ? keeping : keep();
  });
  pad.element = el("div", { class: "stack-tight" }, canvas, button(t("重写"), { iconName: "edit", onPress: () => pad.clear() }));
  return pad;
}

// Ink on paper, whatever the theme: it is a document.
function blank(ink) {
  ink.fillStyle = "white";
  ink.fillRect(0, 0, WIDTH, HEIGHT);
  Object.assign(ink, { strokeStyle: "black", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
}

async function drawKept(ink, bytes) {
  if (!bytes) return;
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  ink.drawImage(picture, 0, 0);
  picture.close();
}

function draws(canvas, ink, onBegin, onEnd) {
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  };
  let isDown = false;
  canvas.addEventListener("pointerdown", (event) => {
    isDown = true;
    canvas.dataset.wet = "";
    canvas.setPointerCapture(event.pointerId);
    onBegin();
    ink.beginPath();
    ink.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    ink.lineTo(...at(event));
    ink.stroke();
  });
  const end = () => {
    if (!isDown) return;
    isDown = false;
    onEnd();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
}
