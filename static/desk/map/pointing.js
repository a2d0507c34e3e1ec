// Hovering and pressing: names what is under the pointer, and hands on what was pressed.

import { el, fill } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";

const REACH_PX = { mouse: 4, pen: 8, touch: 16 };

/** `chosen(thing or null, latLng)`. Returns what stops it. */
export function pointing(map, layer, settings, chosen) {
  const container = map.getContainer();
  const tip = el("div", { class: "map-tip", role: "presentation", hidden: true });
  container.append(tip);
  let kind = "mouse";

  const hide = () => {
    tip.hidden = true;
    container.classList.remove("is-pointing");
  };
  const move = ({ containerPoint, originalEvent }) => {
    if (originalEvent.pointerType === "touch" || !originalEvent.target.closest(".leaflet-container")) return hide();
    const thing = layer.thingAt(containerPoint, REACH_PX.mouse);
    if (!thing) return hide();
    container.classList.add("is-pointing");
    fill(tip, el("strong", {}, heading(thing)), about(thing, settings));
    tip.hidden = false;
    const { x: width } = map.getSize();
    const isRight = containerPoint.x > width - 260;
    Object.assign(tip.style, {
      top: `${containerPoint.y + 14}px`,
      left: isRight ? "auto" : `${containerPoint.x + 14}px`,
      right: isRight ? `${width - containerPoint.x + 8}px` : "auto",
    });
    return undefined;
  };
  const press = ({ containerPoint, latlng }) => {
    hide();
    chosen(layer.thingAt(containerPoint, REACH_PX[kind] ?? REACH_PX.mouse), latlng);
  };
  const remember = ({ pointerType }) => {
    kind = pointerType;
  };

  map.on("mousemove", move);
  map.on("mouseout movestart zoomstart", hide);
  map.on("click", press);
  container.addEventListener("pointerdown", remember, { capture: true });
  return () => container.removeEventListener("pointerdown", remember, { capture: true });
}

function heading(thing) {
  if (thing.is === "cluster") return t("{n} 个点位", { n: thing.n.toLocaleString("en") });
  return thing.is === "tip" ? t("线索 {code}", { code: thing.code }) : thing.name;
}

function about(thing, { kinds, states }) {
  if (thing.is === "tip") return thing.text;
  if (thing.is === "site") return `${kinds[thing.kind] ?? ""} · ${states[thing.state]?.label ?? ""}`;
  const { school, institution, suspected, open } = thing;
  return t("学校 {school} · 机构 {institution} · 疑似 {suspected}；待处理 {open}", { school, institution, suspected, open });
}
