// A density as stepped ground: the fewest places that hold a tenth, a quarter, half and three quarters of it all.
function readSurface(packed) {
  if (!packed) return null;
  const bands = unpackRuns(packed.bands, packed.runs);
  return { ...packed, bands, columns: bands.length / packed.rows, pictures: new Map() };
}

// One picture of a pixel a value and for each set of shown bands, kept: the sheet only has to stretch it.
function pictureOf(surface, shown) {
  const key = shown.join();
  if (surface.pictures.has(key)) return surface.pictures.get(key);
  const canvas = document.createElement("canvas");
  canvas.width = surface.columns;
  canvas.height = surface.rows;
  const context = canvas.getContext("2d");
  for (const band of shown) {
    const { fill, alpha } = LOOK[`density_${band}`];
    context.fillStyle = fill;
    context.globalAlpha = alpha;
    surface.bands.forEach((value, i) => {
      if (value === band) context.fillRect(i % surface.columns, Math.floor(i / surface.columns), 1, 1);
    });
  }
  surface.pictures.set(key, canvas);
  return canvas;
}

function drawSurface(context, side, view) {
  const { surface } = side.now.layer;
  const [west, south, east, north] = surface.box;
  const [left, top] = mercator(west, north);
  const [right, bottom] = mercator(east, south);
  const shown = CLASSES.density.filter((band) => !side.hidden.has(`density_${band}`));
  const place = [(left - view.left) * view.scale, (top - view.top) * view.scale];
  context.save();
  context.beginPath();
  for (const shape of side.townships) if (overlaps(shape.box, view.box)) trace(context, shape, view);
  if (side.townships.length) context.clip("evenodd");
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(pictureOf(surface, shown), ...place, (right - left) * view.scale, (bottom - top) * view.scale);
  context.restore();
}

// Clusters of a scan: a ring with its number; what chance explains is thin and dashed.
function drawCircles(context, side, view) {
  const before = side.compared?.circles ?? [];
  before.forEach((circle) => drawCircle(context, circle, view, { colour: token("cold"), dash: [2, 5], fill: 0 }));
  side.now.layer.circles.forEach((circle, i) => {
    const sure = circle.p <= 0.05;
    const colour = token(sure ? "hot99" : "map-county");
    drawCircle(context, circle, view, { colour, dash: sure ? [] : [6, 5], fill: sure ? 0.18 : 0.04, number: i + 1, chosen: side.circle === i });
  });
}

// On the Mercator square a metre is longer the further north.
function circleOnSheet({ lon, lat, radius_m: radius }, view) {
  const [x, y] = mercator(lon, lat);
  const metre = 256 / (40_075_016.7 * Math.cos((lat * Math.PI) / 180));
  return [(x - view.left) * view.scale, (y - view.top) * view.scale, Math.max(7, radius * metre * view.scale)];
}

function drawCircle(context, circle, view, { colour, dash, fill, number, chosen }) {
  const [x, y, r] = circleOnSheet(circle, view);
  context.beginPath();
  context.arc(x, y, r, 0, 7);
  context.fillStyle = colour;
  context.globalAlpha = fill;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash(dash);
  for (const [tint, width] of [[token("map-halo"), chosen ? 7 : 4], [colour, chosen ? 4 : 2]]) {
    context.strokeStyle = tint;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
  if (number === undefined) return;
  context.font = `700 14px ${token("font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.strokeStyle = token("map-halo");
  context.lineWidth = 4;
  context.strokeText(number, x, y - r - 11);
  context.fillStyle = colour;
  context.fillText(number, x, y - r - 11);
}
