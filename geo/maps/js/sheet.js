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

// The outline is stroked first: the land then covers all of it but its outer half.
function drawLand(context, townships, view) {
  drawShapes(context, townships, view, (pen) => {
    for (const [colour, width] of [[token("shade-far"), 14], [token("shade-near"), 8], [token("map-county"), 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
    pen.fillStyle = pen.strokeStyle = token("map-land");
    pen.fill("evenodd");
    pen.lineWidth = 0.6;
    pen.stroke();
  });
}

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

// One cell gets a halo as well; around each of many it would hide them.
function drawSelected(context, shapes, view) {
  drawShapes(context, shapes, view, (pen) => {
    for (const [colour, width] of shapes.length > 1 ? [[token("map-selected"), 2]] : [[token("map-halo"), 6], [token("map-selected"), 3]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  });
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
