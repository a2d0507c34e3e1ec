// What the hotspot map draws on a sheet. A side is the scene as one of two maps shows it.
function drawScene(context, side, view) {
  const { shown, now } = side;
  context.lineJoin = context.lineCap = "round";
  drawLand(context, side.townships, view);
  if (now.painted === "density" && now.layer.surface) drawSurface(context, side, view);
  else drawClasses(context, side, view);
  if (shown.roads) drawRoads(context, side.roads, view);
  for (const layer of side.points) if (layer.shown && !layer.day) drawPoints(context, layer, side, view);
  if (shown.townships) drawBorders(context, side.townships, view);
  for (const layer of side.points) if (layer.shown && layer.day) drawPoints(context, layer, side, view);
  if (now.kind === "scan") drawCircles(context, side, view);
  if (side.selected.length) drawSelected(context, side.selected.map((cell) => side.cells.shapes[cell]), view);
  if (side.target) drawTarget(context, side.target, view);
  if (shown.townships) drawNames(context, side, view);
}

function drawClasses(context, side, view) {
  const { painted, code } = side.now;
  for (const each of [...CLASSES[painted]].reverse()) {
    if (!side.hidden.has(`${painted}_${each}`)) drawClass(context, side, view, `${painted}_${each}`, code, each);
  }
}

function drawClass(context, side, view, look, code, wanted) {
  const shapes = side.cells.shapes.filter((_, i) => code[i] === wanted);
  if (!shapes.length) return;
  const [left, , right] = shapes[0].box;
  const hatched = (right - left) * view.scale > 13;
  drawShapes(context, shapes, view, () => paintLevel(context, look, hatched));
}

function inWindow(layer, i, { days }) {
  return !layer.day || (layer.day[i] >= days[0] && layer.day[i] <= days[1]);
}

function drawPoints(context, layer, side, view) {
  const role = ROLE[layer.role];
  const far = layer.at.length > 6000 && view.zoom < 13;
  const near = Math.min(1, Math.max(0, (view.zoom - 10.5) / 3.5));
  const r = role.size * (0.42 + 0.9 * near);
  // stamping one picture is many times faster than one path of twenty thousand shapes
  const stamp = far ? null : stampOf(role, r);
  const half = far ? 0.8 : stamp.width / 4;
  context.globalAlpha = far ? 0.35 : 0.42 + 0.58 * near;
  context.fillStyle = role.fill;
  for (let i = 0; i < layer.at.length; i += 2) {
    const x = (layer.at[i] - view.left) * view.scale;
    const y = (layer.at[i + 1] - view.top) * view.scale;
    if (x < -9 || y < -9 || layer.at[i] > view.box[2] || layer.at[i + 1] > view.box[3]) continue;
    if (!inWindow(layer, i / 2, side.now)) continue;
    if (far) context.fillRect(x - half, y - half, 1.6, 1.6);
    else context.drawImage(stamp, x - half, y - half, 2 * half, 2 * half);
  }
  context.globalAlpha = 1;
}

function drawTarget(context, [x, y], view) {
  context.beginPath();
  context.arc((x - view.left) * view.scale, (y - view.top) * view.scale, 13, 0, 7);
  for (const [colour, width] of [[token("map-halo"), 6], [token("map-selected"), 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
