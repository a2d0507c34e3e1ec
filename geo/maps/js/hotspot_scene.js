// What the hotspot map draws on its sheet.
function drawScene(context, scene, view) {
  const { shown } = scene;
  context.lineJoin = context.lineCap = "round";
  drawLand(context, scene.townships, view);
  if (shown.roads) drawRoads(context, scene.roads, view);
  for (const level of [...LEVELS].reverse()) if (levelShown(shown, level)) drawLevel(context, scene, view, level);
  for (const layer of scene.points) if (layer.shown && !layer.day) drawPoints(context, layer, scene, view);
  if (shown.townships) drawBorders(context, scene.townships, view);
  for (const layer of scene.points) if (layer.shown && layer.day) drawPoints(context, layer, scene, view);
  if (scene.selected.length) drawSelected(context, scene.selected.map((cell) => scene.cells.shapes[cell]), view);
  if (scene.target) drawTarget(context, scene.target, view);
  if (shown.townships) drawNames(context, scene, view);
}

const levelShown = (shown, level) => (level === 9 ? shown.unseen : level < 0 ? shown.cold : shown.cells);

function drawLevel(context, scene, view, level) {
  const shapes = scene.cells.shapes.filter((_, i) => scene.now.level[i] === level);
  if (!shapes.length) return;
  const [left, , right] = shapes[0].box;
  const hatched = (right - left) * view.scale > 13;
  drawShapes(context, shapes, view, () => paintLevel(context, level, hatched));
}

function inWindow(layer, i, scene) {
  return !layer.day || !scene.now.days || (layer.day[i] >= scene.now.days[0] && layer.day[i] <= scene.now.days[1]);
}

function drawPoints(context, layer, scene, view) {
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
    if (!inWindow(layer, i / 2, scene)) continue;
    if (far) context.fillRect(x - half, y - half, 1.6, 1.6);
    else context.drawImage(stamp, x - half, y - half, 2 * half, 2 * half);
  }
  context.globalAlpha = 1;
}

function drawTarget(context, [x, y], view) {
  context.beginPath();
  context.arc((x - view.left) * view.scale, (y - view.top) * view.scale, 13, 0, 7);
  for (const [colour, width] of [["#ffffff", 6], [token("map-selected"), 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
