// How the map of a sweep looks: a team is a colour and a number, a stop is a badge whose shape and fill say how it went.
const TEAM_COLOURS = 10;
const colourOf = (team) => token(team < 0 ? "team-none" : `team-${team % TEAM_COLOURS}`);
const ENTERED = new Set(["entered", "done"]);
const GONE = { closed: "×", moved: "→", dropped: "–" };

function drawScene(context, scene, view) {
  context.lineJoin = context.lineCap = "round";
  drawLand(context, scene.townships, view);
  if (scene.roads.length) drawRoads(context, scene.roads, view);
  drawBorders(context, scene.townships, view);
  drawArea(context, scene.area, view);
  drawNames(context, scene, view);
  const teams = [...data.teams.keys()].sort((a, b) => isFaint(a) < isFaint(b) ? 1 : -1);
  for (const team of teams) drawRoute(context, team, view);
  for (const team of teams) drawStart(context, team, view);
  const order = [...data.stops.keys()].sort((a, b) => (scene.chosen === a) - (scene.chosen === b) || isFaint(scene.team[b]) - isFaint(scene.team[a]));
  for (const stop of order) drawStop(context, stop, view);
  if (scene.cars) scene.cars.forEach((at, team) => drawCar(context, team, at, view));
  if (data.watermark) drawWatermark(context, view);
}

const isFaint = (team) => scene.kept !== null && scene.kept !== team;

function drawArea(context, area, view) {
  if (!area.length) return;
  drawShapes(context, area, view, (pen) => {
    pen.setLineDash([10, 6]);
    pen.strokeStyle = token("accent-strong");
    pen.lineWidth = 2;
    pen.stroke();
    pen.setLineDash([]);
  });
}

const onSheet = (at, i, view) => [(at[2 * i] - view.left) * view.scale, (at[2 * i + 1] - view.top) * view.scale];

// The order of stops, from the start on. What was dropped is left out.
function drawRoute(context, team, view) {
  const route = routeOf(team).filter((stop) => scene.state[stop] !== "dropped");
  if (!route.length) return;
  const points = [onSheet(scene.starts, team, view), ...route.map((stop) => onSheet(scene.at, stop, view))];
  context.globalAlpha = isFaint(team) ? 0.18 : 1;
  for (const [colour, width] of [[token("map-halo"), 5], [colourOf(team), 2.4]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawStart(context, team, view) {
  const [x, y] = onSheet(scene.starts, team, view);
  context.globalAlpha = isFaint(team) ? 0.25 : 1;
  context.beginPath();
  pointPath(context, "square", x, y, 6);
  context.fillStyle = colourOf(team);
  context.strokeStyle = token("map-halo");
  context.lineWidth = 3;
  context.stroke();
  context.fill();
  context.globalAlpha = 1;
}

const badgeOf = (stop) => {
  const team = data.teams[scene.team[stop]];
  return team ? say("badge", { team: team.number, stop: data.stops[stop].position }) : "–";
};

function drawStop(context, stop, view) {
  const [x, y] = onSheet(scene.at, stop, view);
  context.globalAlpha = isFaint(scene.team[stop]) ? 0.25 : 1;
  paintBadge(context, x, y, badgeOf(stop), colourOf(scene.team[stop]), scene.state[stop], scene.chosen === stop);
  context.globalAlpha = 1;
}

// Hollow: not yet there. Ringed: a team is there. Filled: entered. Grey with a sign: nobody found. Red: refused.
function paintBadge(context, x, y, text, colour, state, chosen) {
  context.font = `700 11px ${token("font")}`;
  const half = Math.max(11, context.measureText(text).width / 2 + 5);
  const edge = state === "refused" ? token("state-refused") : colour;
  const filled = ENTERED.has(state) || state === "refused";
  const box = (grow) => (context.beginPath(), context.roundRect(x - half - grow, y - 10 - grow, 2 * (half + grow), 20 + 2 * grow, 10 + grow));
  if (chosen) (box(6), (context.fillStyle = token("map-selected")), context.fill());
  box(3);
  context.fillStyle = token("map-halo");
  context.fill();
  if (state === "arrived" || state === "entered") (box(2.5), (context.strokeStyle = edge), (context.lineWidth = 1.5), context.stroke());
  box(0);
  context.fillStyle = filled ? edge : GONE[state] ? token("sunk") : token("surface");
  context.fill();
  context.strokeStyle = edge;
  context.lineWidth = state === "refused" ? 3 : 2;
  context.setLineDash(state === "under_way" ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = filled ? "#ffffff" : GONE[state] ? token("ink-muted") : edge;
  context.fillText(text, x, y + 0.5);
  if (GONE[state]) paintCorner(context, x + half - 2, y - 9, GONE[state]);
}

function paintCorner(context, x, y, sign) {
  context.beginPath();
  context.arc(x, y, 6.5, 0, 7);
  context.fillStyle = token("ink");
  context.fill();
  context.fillStyle = token("surface");
  context.font = `700 10px ${token("font")}`;
  context.fillText(sign, x, y + 0.5);
}

function drawCar(context, team, at, view) {
  if (!at) return;
  const [x, y] = onSheet(at, 0, view);
  context.globalAlpha = isFaint(team) ? 0.25 : 1;
  context.beginPath();
  context.arc(x, y - 18, 11, 0, 7);
  context.fillStyle = colourOf(team);
  context.strokeStyle = token("map-halo");
  context.lineWidth = 4;
  context.stroke();
  context.fill();
  context.beginPath();
  context.moveTo(x - 5, y - 9);
  context.lineTo(x + 5, y - 9);
  context.lineTo(x, y - 1);
  context.closePath();
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = `700 12px ${token("font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(String(data.teams[team].number), x, y - 17.5);
  context.globalAlpha = 1;
}

// Over the whole sheet and fixed to the ground: whatever part is photographed says whose copy it is.
function drawWatermark(context, view) {
  const { width, height } = context.canvas;
  context.save();
  context.font = `600 15px ${token("font")}`;
  context.fillStyle = `${token("map-county")}38`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const [across, down] = [context.measureText(data.watermark).width + 70, 130];
  const [fromX, fromY] = [(view.left * view.scale) % across, (view.top * view.scale) % (2 * down)];
  context.translate(-fromX, -fromY);
  context.rotate(-0.32);
  for (let row = -6; row * down < height + width + 2 * down; row++) {
    for (let column = -4; column * across < width + height + across; column++) {
      context.fillText(data.watermark, column * across + (row % 2) * (across / 2), row * down);
    }
  }
  context.restore();
}

const badgeMark = (text, colour, state) => drawing(38, 30, "badge", (context) => paintBadge(context, 18, 17, text, colour, state, false));
