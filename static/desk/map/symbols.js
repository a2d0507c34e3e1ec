// The signs of the map. A site's kind is its shape, its state a colour with a mark inside; nothing hangs on colour alone.

import { token } from "../../helpers/tokens.js";
import { radius, short } from "./clusters.js";

const SIZE = 22;
const drawn = new Map();

/** Draws a site's sign around x, y. `state` is ok, due, problem or unknown. */
export function drawSite(context, kind, state, x, y, scale = 1) {
  const ratio = context.getTransform().a * scale;
  const key = `${kind} ${state} ${ratio}`;
  if (!drawn.has(key)) drawn.set(key, sprite(kind, state, ratio));
  const size = SIZE * scale;
  context.drawImage(drawn.get(key), x - size / 2, y - size / 2, size, size);
}

/** After the theme has changed every sign is drawn anew. */
export function forgetSigns() {
  drawn.clear();
}

export function drawCluster(context, circle, x, y) {
  const r = radius(circle.n);
  const share = circle.open / circle.n;
  context.beginPath();
  context.arc(x, y, r + 1.5, 0, 2 * Math.PI);
  context.fillStyle = token("map-halo");
  context.fill();
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  context.fillStyle = token("surface");
  context.fill();
  ring(context, x, y, r - 2, 1, token("map-cell-rest"));
  if (share > 0) ring(context, x, y, r - 2, share, token("problem"));
  context.fillStyle = token("ink");
  context.font = `600 ${r > 20 ? 14 : 12}px ${token("font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(short(circle.n), x, y + 0.5);
}

function ring(context, x, y, r, share, colour) {
  context.beginPath();
  context.arc(x, y, r, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = colour;
  context.stroke();
}

export function drawTip(context, x, y) {
  context.beginPath();
  context.moveTo(x, y);
  context.bezierCurveTo(x - 4, y - 5, x - 7, y - 8, x - 7, y - 12);
  context.arc(x, y - 12, 7, Math.PI, 0);
  context.bezierCurveTo(x + 7, y - 8, x + 4, y - 5, x, y);
  context.fillStyle = token("surface");
  context.strokeStyle = token("problem");
  context.lineWidth = 2;
  context.fill();
  context.stroke();
  context.fillStyle = token("problem");
  context.fillRect(x - 1, y - 16, 2, 5);
  context.fillRect(x - 1, y - 10, 2, 2);
}

export function drawSelection(context, x, y) {
  context.lineWidth = 3;
  context.strokeStyle = token("map-selected");
  context.beginPath();
  context.arc(x, y, 16, 0, 2 * Math.PI);
  context.stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = token("map-halo");
  context.beginPath();
  context.arc(x, y, 18.5, 0, 2 * Math.PI);
  context.stroke();
}

function sprite(kind, state, ratio) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(SIZE * ratio);
  const context = canvas.getContext("2d");
  context.scale(canvas.width / SIZE, canvas.width / SIZE);
  context.translate(SIZE / 2, SIZE / 2);
  outline(context, kind);
  context.lineJoin = "round";
  context.lineWidth = 4.5;
  context.strokeStyle = token("map-halo");
  context.stroke();
  context.fillStyle = state ? token(state) : token("surface");
  context.fill();
  context.lineWidth = 1.6;
  context.strokeStyle = state ? token("map-sign-edge") : token(`site-${kind}`);
  context.stroke();
  mark(context, state, kind);
  return canvas;
}

function outline(context, kind) {
  context.beginPath();
  if (kind === "school") context.roundRect(-7, -7, 14, 14, 2.5);
  else if (kind === "institution") context.arc(0, 0, 7.5, 0, 2 * Math.PI);
  else {
    context.moveTo(0, -8.5);
    context.lineTo(8.5, 6.5);
    context.lineTo(-8.5, 6.5);
    context.closePath();
  }
}

/** Inside the sign: a stroke and dot for a problem, a dot for what is due, a bar for what is over or unknown. */
function mark(context, state, kind) {
  const down = kind === "suspected" ? 1.5 : 0;
  context.fillStyle = token(state === "due" ? "map-sign-edge" : "map-halo");
  if (state === "problem") {
    context.fillRect(-1.1, -4 + down, 2.2, 4.6);
    context.fillRect(-1.1, 1.9 + down, 2.2, 2.2);
  } else if (state === "due") {
    context.beginPath();
    context.arc(0, down, 2.1, 0, 2 * Math.PI);
    context.fill();
  } else if (state === "unknown") context.fillRect(-3.2, -1 + down, 6.4, 2);
}

/** Draws the sign that a small canvas of the page names: data-symbol, data-state. */
export function paintKey(canvas) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIZE * ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const { symbol, state } = canvas.dataset;
  if (symbol === "cell") drawKeyCell(context);
  else if (symbol === "tip") drawTip(context, SIZE / 2, SIZE - 1);
  else drawSite(context, symbol, state, SIZE / 2, SIZE / 2);
}

function drawKeyCell(context) {
  context.scale(0.72, 0.72);
  drawCluster(context, { n: 12, open: 4 }, 15.2, 15.2);
}
