// How the coverage map looks: what nobody walked is hatched on bare paper, what was walked is filled.
const LEVELS_OF = ["never", "overdue", "soon", "walked"];
const PAINT = [
  { fill: "#ffffff", alpha: 0.5, edge: "#33414f", width: 1.4, hatch: ["cross", 8, "#33414fc0"] },
  { fill: token("hot95"), alpha: 0.72, edge: token("hot99"), width: 1.1, hatch: ["slash", 9, "#ffffff90"] },
  { fill: token("hot90"), alpha: 0.66, edge: "#b96a22", width: 0.9, hatch: null },
  { fill: token("cold"), alpha: 0.5, edge: "#15487c", width: 0.8, hatch: null },
];
LEVELS_OF.forEach((_, level) => (LOOK[level] = PAINT[level]));
const LEAD = { fill: "#1b2430", edge: "#ffffff", shape: "diamond", size: 4.4 };

function drawScene(context, scene, view) {
  context.lineJoin = context.lineCap = "round";
  drawLand(context, scene.townships, view);
  if (scene.roads.length) drawRoads(context, scene.roads, view);
  if (scene.shapes) for (const level of [3, 2, 1, 0]) drawCells(context, scene, view, level);
  if (scene.zones.length) drawZones(context, scene.zones, view);
  drawBorders(context, scene.townships, view);
  if (scene.at) for (const level of [3, 2, 1, 0]) drawPlaces(context, scene, view, level);
  if (scene.shapes && view.zoom >= 12) drawLeads(context, scene, view);
  if (scene.chosen !== null) drawChosen(context, scene, view);
  drawNames(context, scene, view);
}

const isShown = (scene, i) => !scene.kept || scene.kept.has(i);

function drawCells(context, scene, view, level) {
  for (const kept of [false, true]) {
    const shapes = scene.shapes.filter((_, i) => scene.level[i] === level && isShown(scene, i) === kept);
    if (!shapes.length) continue;
    context.globalAlpha = 1;
    const [left, , right] = shapes[0].box;
    const dense = (right - left) * view.scale > 8;
    drawShapes(context, shapes, view, () => (kept ? paintLevel(context, level, dense) : paintFaint(context)));
  }
}

function paintFaint(context) {
  context.strokeStyle = "#7d889450";
  context.lineWidth = 0.6;
  context.stroke();
}

function drawZones(context, zones, view) {
  drawShapes(context, zones, view, (pen) => {
    pen.setLineDash([8, 5]);
    pen.strokeStyle = token("accent-strong");
    pen.lineWidth = 1.6;
    pen.stroke();
    pen.setLineDash([]);
  });
}

// A place is a disc in the look of its level, never smaller than its hatch can be seen.
function drawPlaces(context, scene, view, level) {
  const r = Math.min(13, Math.max(6, view.zoom - 3.5));
  for (let i = 0; i < scene.level.length; i++) {
    if (scene.level[i] !== level) continue;
    const [x, y] = onSheet(scene.at, i, view);
    context.beginPath();
    context.arc(x, y, isShown(scene, i) ? r : 3, 0, 7);
    if (isShown(scene, i)) {
      context.fillStyle = "#ffffff";
      context.fill();
      paintLevel(context, level);
    } else paintFaint(context);
  }
}

function drawLeads(context, scene, view) {
  const stamp = stampOf(LEAD, LEAD.size);
  const half = stamp.width / 4;
  scene.leads.forEach((has, i) => {
    if (!has || !isShown(scene, i)) return;
    const [x, y] = onSheet(scene.middles, i, view);
    context.drawImage(stamp, x - half, y - half, 2 * half, 2 * half);
  });
}

function drawChosen(context, scene, view) {
  if (scene.shapes) return drawSelected(context, [scene.shapes[scene.chosen]], view);
  const [x, y] = onSheet(scene.at, scene.chosen, view);
  context.beginPath();
  context.arc(x, y, 16, 0, 7);
  for (const [colour, width] of [[token("map-halo"), 6], [token("map-selected"), 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

const onSheet = (at, i, view) => [(at[2 * i] - view.left) * view.scale, (at[2 * i + 1] - view.top) * view.scale];
