// One canvas under Leaflet's own rules for panning and zooming; everything is drawn on it, from packed arrays.
const Sheet = L.Renderer.extend({
  initialize(scene) {
    L.Renderer.prototype.initialize.call(this, { padding: 0.3 });
    this.scene = scene;
  },

  _initContainer() {
    this._container = make("canvas", { "aria-hidden": "true" });
    this._context = this._container.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
    delete this._context;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    const ratio = L.Browser.retina ? 2 : 1;
    L.DomUtil.setPosition(this._container, min);
    this._container.width = ratio * size.x;
    this._container.height = ratio * size.y;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.redraw();
  },

  redraw() {
    if (!this._context) return;
    const { min, max } = this._bounds;
    const scale = 2 ** this._map.getZoom();
    const origin = this._map.getPixelOrigin();
    const left = (origin.x + min.x) / scale;
    const top = (origin.y + min.y) / scale;
    const size = max.subtract(min);
    this._context.clearRect(0, 0, size.x, size.y);
    const view = { left, top, scale, zoom: this._map.getZoom(), box: [left, top, left + size.x / scale, top + size.y / scale] };
    drawScene(this._context, this.scene, view);
  },
});

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

// The outline is stroked first: the land then covers all of it but its outer half.
function drawLand(context, townships, view) {
  drawShapes(context, townships, view, (pen) => {
    for (const [colour, width] of [["#10182010", 14], ["#10182014", 8], [token("map-county"), 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
    pen.fillStyle = pen.strokeStyle = "#fcfdfd";
    pen.fill("evenodd");
    pen.lineWidth = 0.6;
    pen.stroke();
  });
}

const levelShown = (shown, level) => (level === 9 ? shown.unseen : level < 0 ? shown.cold : shown.cells);

function trace(context, shape, { left, top, scale }, close = true) {
  for (const [from, to] of shape.rings) {
    for (let i = from; i < to; i += 2) {
      const x = (shape.at[i] - left) * scale;
      const y = (shape.at[i + 1] - top) * scale;
      if (i === from) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    if (close) context.closePath();
  }
}

function drawShapes(context, shapes, view, paint, close = true) {
  context.beginPath();
  for (const shape of shapes) if (overlaps(shape.box, view.box)) trace(context, shape, view, close);
  paint(context);
}

function drawLevel(context, scene, view, level) {
  const shapes = scene.cells.shapes.filter((_, i) => scene.now.level[i] === level);
  if (!shapes.length) return;
  const [left, , right] = shapes[0].box;
  const hatched = (right - left) * view.scale > 13;
  drawShapes(context, shapes, view, () => paintLevel(context, level, hatched));
}

function drawRoads(context, roads, view) {
  const width = Math.max(1, (view.zoom - 9) * 0.9);
  for (const [colour, extra] of [[token("map-road-edge"), 1.4], [token("map-road"), 0]]) {
    drawShapes(context, roads, view, (pen) => {
      pen.strokeStyle = colour;
      pen.lineWidth = width + extra;
      pen.stroke();
    }, false);
  }
}

function drawBorders(context, townships, view) {
  drawShapes(context, townships, view, (pen) => {
    pen.strokeStyle = `${token("map-county")}90`;
    pen.lineWidth = view.zoom < 12 ? 0.8 : 1.3;
    pen.stroke();
  });
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

// One cell gets a halo as well; around each of many it would hide them.
function drawSelected(context, shapes, view) {
  drawShapes(context, shapes, view, (pen) => {
    for (const [colour, width] of shapes.length > 1 ? [[token("map-selected"), 2]] : [["#ffffff", 6], [token("map-selected"), 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  });
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

function drawNames(context, scene, view) {
  const taken = [];
  context.font = `600 ${Math.min(15, Math.max(11, view.zoom * 1.15))}px ${token("font")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  scene.names.forEach((name, i) => {
    const x = (scene.nameAt[2 * i] - view.left) * view.scale;
    const y = (scene.nameAt[2 * i + 1] - view.top) * view.scale;
    const half = context.measureText(name).width / 2 + 4;
    const box = [x - half, y - 9, x + half, y + 9];
    if (taken.some((other) => overlaps(box, other))) return;
    taken.push(box);
    context.strokeStyle = token("map-halo");
    context.lineWidth = 4;
    context.strokeText(name, x, y);
    context.fillStyle = token("map-label");
    context.fillText(name, x, y);
  });
}
