// The reading side of packing.py.
const data = JSON.parse(document.getElementById("map-data").textContent);
document.documentElement.dataset.theme = data.theme ?? "light";

function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const byte of bytes) {
    value |= (byte & 127) << shift;
    shift += 7;
    if (byte < 128) {
      numbers.push((value >>> 1) ^ -(value & 1));
      value = shift = 0;
    }
  }
  return Int32Array.from(numbers);
}

function unpackSteps(text) {
  const numbers = unpack(text);
  for (let i = 1; i < numbers.length; i++) numbers[i] += numbers[i - 1];
  return numbers;
}

// A column of decimals; what is not a number stays NaN.
function unpackColumn(text, scale) {
  return Float64Array.from(unpack(text), (n) => (n === data.nothing ? NaN : n / scale));
}

// Values in runs: each is repeated as often as its run says.
function unpackRuns(values, runs) {
  const [each, many] = [unpack(values), unpack(runs)];
  const all = new Int8Array(many.reduce((sum, n) => sum + n, 0));
  let at = 0;
  each.forEach((value, i) => all.fill(value, at, (at += many[i])));
  return all;
}

// Positions on the Web Mercator square of zoom 0 (256 pixels): [x, y, x, y, …].
function unpackPoints(text) {
  const steps = unpack(text);
  const at = new Float64Array(steps.length);
  let lon = 0;
  let lat = 0;
  for (let i = 0; i < steps.length; i += 2) {
    lon += steps[i];
    lat += steps[i + 1];
    [at[i], at[i + 1]] = mercator(lon * data.unit, lat * data.unit);
  }
  return at;
}

function mercator(lon, lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [256 * (lon / 360 + 0.5), 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI))];
}

// Shapes as { at, rings: [[from, to], …], box: [left, top, right, bottom] }, `at` shared by all.
function unpackShapes({ parts, sizes, at }) {
  const points = unpackPoints(at);
  const lengths = unpack(sizes);
  let part = 0;
  let from = 0;
  return Array.from(unpack(parts), (count) => {
    const rings = Array.from(lengths.subarray(part, part + count), (length) => [from, (from += 2 * length)]);
    part += count;
    return { at: points, rings, box: boxOf(points, rings) };
  });
}

function boxOf(at, rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [from, to] of rings) {
    for (let i = from; i < to; i += 2) {
      box[0] = Math.min(box[0], at[i]);
      box[1] = Math.min(box[1], at[i + 1]);
      box[2] = Math.max(box[2], at[i]);
      box[3] = Math.max(box[3], at[i + 1]);
    }
  }
  return box;
}

function holds(shape, x, y) {
  const [left, top, right, bottom] = shape.box;
  if (x < left || x > right || y < top || y > bottom) return false;
  let inside = false;
  for (const [from, to] of shape.rings) {
    for (let i = from, j = to - 2; i < to; j = i, i += 2) {
      const [x1, y1, x2, y2] = [shape.at[i], shape.at[i + 1], shape.at[j], shape.at[j + 1]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

function overlaps(box, view) {
  return box[0] <= view[2] && box[2] >= view[0] && box[1] <= view[3] && box[3] >= view[1];
}

// The text of a key, with {name} filled in. The result is only ever set as text.
function say(key, values = {}) {
  return (data.labels[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const element = (id) => document.getElementById(id);

function make(tag, { text, className, ...attributes } = {}, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
