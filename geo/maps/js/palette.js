// How classes and points look. Each class has a colour and a hatch, each role a colour and a shape.
const css = getComputedStyle(document.documentElement);
const token = (name) => css.getPropertyValue(`--${name}`).trim();

// What a class looks like: a fill, an edge and a hatch. Each kind of map adds its own.
const LOOK = {};
const ROLE = {
  finding: { fill: token("ink"), edge: token("map-halo"), shape: "diamond", size: 4.6 },
  tip: { fill: token("map-land"), edge: token("ink"), shape: "circle", size: 3.6 },
  school: { fill: token("site-school"), edge: token("map-halo"), shape: "triangle", size: 4.2 },
  institution: { fill: token("site-institution"), edge: token("map-halo"), shape: "circle", size: 3.2 },
  suspected: { fill: token("site-suspected"), edge: token("map-halo"), shape: "square", size: 3 },
};

function hatchOf([kind, gap, colour], context) {
  const tile = document.createElement("canvas");
  const ratio = window.devicePixelRatio > 1 ? 2 : 1;
  tile.width = tile.height = gap * ratio;
  const pen = tile.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  if (kind === "dots") pen.arc(gap / 2, gap / 2, 1.1, 0, 7);
  for (const shift of kind === "dots" ? [] : [-gap, 0, gap]) {
    if (kind !== "back") (pen.moveTo(shift, gap), pen.lineTo(shift + gap, 0));
    if (kind !== "slash") (pen.moveTo(shift, 0), pen.lineTo(shift + gap, gap));
  }
  kind === "dots" ? pen.fill() : pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

// Fills and outlines the context's current path in the look of a class.
function paintLevel(context, level, hatched = true) {
  const look = LOOK[level];
  context.globalAlpha = look.alpha;
  context.fillStyle = look.fill;
  context.fill("evenodd");
  context.globalAlpha = 1;
  if (look.hatch && hatched) {
    context.fillStyle = hatchOf(look.hatch, context);
    context.fill("evenodd");
  }
  context.strokeStyle = look.edge;
  context.lineWidth = look.width;
  context.stroke();
}

function pointPath(context, shape, x, y, r) {
  if (shape === "circle") {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 7);
    return;
  }
  const corners = {
    square: [[-r, -r], [r, -r], [r, r], [-r, r]],
    diamond: [[0, -r], [r, 0], [0, r], [-r, 0]],
    triangle: [[0, -r], [r, r * 0.8], [-r, r * 0.8]],
  }[shape];
  corners.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx, y + dy) : context.moveTo(x + dx, y + dy)));
  context.closePath();
}

function paintPoints(context, role) {
  context.fillStyle = role.fill;
  context.strokeStyle = role.edge;
  context.lineWidth = 1.2;
  context.stroke();
  context.fill();
}

function stampOf(role, r) {
  const side = 2 * Math.ceil(r + 2);
  return drawing(side, side, "", (context) => {
    pointPath(context, role.shape, side / 2, side / 2, r);
    paintPoints(context, role);
  });
}

const lineMark = (colour, width) =>
  drawing(26, 20, "mark", (context) => {
    context.moveTo(3, 15);
    context.lineTo(10, 7);
    context.lineTo(23, 5);
    for (const [tint, extra] of [[colour, 0], ...(width > 3 ? [[token("map-road"), -2]] : [])]) {
      context.strokeStyle = tint;
      context.lineWidth = width + extra;
      context.stroke();
    }
  });

function drawing(width, height, className, paint) {
  const canvas = make("canvas", { className, "aria-hidden": "true" });
  canvas.width = width * 2;
  canvas.height = height * 2;
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.beginPath();
  paint(context);
  return canvas;
}

const levelSwatch = (level) =>
  drawing(22, 16, "swatch", (context) => {
    context.rect(1, 1, 20, 14);
    paintLevel(context, level);
  });

const roleMark = (role) =>
  drawing(26, 20, "mark", (context) => {
    pointPath(context, ROLE[role].shape, 13, 10, ROLE[role].size + 1);
    paintPoints(context, ROLE[role]);
  });
