// Reads Mapbox Vector Tiles 2.1 (github.com/mapbox/vector-tile-spec): as much of it as PostGIS writes. No DOM here.

const POINT = 1;
const [MOVE, LINE] = [1, 2];

/**
 * decode(bytes) → { sites: { extent, features: [{ type, properties, parts }] } }.
 * `type` is 1 point, 2 line, 3 polygon; `parts` are arrays of x, y, x, y… in units of the tile. Rings are left open.
 */
export function decode(bytes) {
  const layers = {};
  fields(new Reader(bytes), (field, reader) => {
    if (field !== 3) return reader.skip();
    const layer = readLayer(reader.message());
    layers[layer.name] = layer;
  });
  return layers;
}

function readLayer(reader) {
  const layer = { name: "", extent: 4096, features: [] };
  const keys = [];
  const values = [];
  const raw = [];
  fields(reader, (field, from) => {
    if (field === 1) layer.name = from.text();
    else if (field === 2) raw.push(from.message());
    else if (field === 3) keys.push(from.text());
    else if (field === 4) values.push(readValue(from.message()));
    else if (field === 5) layer.extent = from.varint();
    else from.skip();
  });
  layer.features = raw.map((each) => readFeature(each, keys, values));
  return layer;
}

function readFeature(reader, keys, values) {
  const feature = { type: 0, properties: {}, parts: [] };
  let commands = [];
  fields(reader, (field, from) => {
    if (field === 2) {
      const tags = from.packed();
      for (let at = 0; at + 1 < tags.length; at += 2) feature.properties[keys[tags[at]]] = values[tags[at + 1]];
    } else if (field === 3) feature.type = from.varint();
    else if (field === 4) commands = from.packed();
    else from.skip();
  });
  feature.parts = readParts(commands, feature.type);
  return feature;
}

function readParts(commands, type) {
  const parts = [];
  let [x, y, at] = [0, 0, 0];
  while (at < commands.length) {
    const command = commands[at] & 7;
    const count = commands[at] >>> 3;
    at += 1;
    if (command !== MOVE && command !== LINE) continue;
    for (let step = 0; step < count; step += 1, at += 2) {
      x += unzigzag(commands[at]);
      y += unzigzag(commands[at + 1]);
      if (command === MOVE && (type !== POINT || !parts.length)) parts.push([]);
      parts.at(-1).push(x, y);
    }
  }
  return parts;
}

function readValue(reader) {
  let value = null;
  fields(reader, (field, from) => {
    if (field === 1) value = from.text();
    else if (field === 2) value = from.float();
    else if (field === 3) value = from.double();
    else if (field === 4 || field === 5) value = from.varint();
    else if (field === 6) value = unzigzag(from.varint());
    else if (field === 7) value = Boolean(from.varint());
    else from.skip();
  });
  return value;
}

function fields(reader, visit) {
  while (reader.at < reader.end) {
    const tag = reader.varint();
    reader.wire = tag & 7;
    visit(tag >>> 3, reader);
  }
}

function unzigzag(value) {
  // Beyond 2³² a shift would lose bits; half of it, negated when odd, is the same.
  return value % 2 ? -(value + 1) / 2 : value / 2;
}

const TEXT = new TextDecoder();

class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end, wire: 0 });
  }

  varint() {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.end) throw new RangeError("the tile ends in the middle of a number");
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  message() {
    const end = this.varint() + this.at;
    if (end > this.end) throw new RangeError("the tile ends in the middle of a message");
    const inner = new Reader(this.bytes, this.at, end);
    this.at = end;
    return inner;
  }

  text() {
    const inner = this.message();
    return TEXT.decode(this.bytes.subarray(inner.at, inner.end));
  }

  packed() {
    const inner = this.message();
    const numbers = [];
    while (inner.at < inner.end) numbers.push(inner.varint());
    return numbers;
  }

  float() {
    this.at += 4;
    return this.#view(4).getFloat32(0, true);
  }

  double() {
    this.at += 8;
    return this.#view(8).getFloat64(0, true);
  }

  skip() {
    if (this.wire === 0) this.varint();
    else if (this.wire === 1) this.at += 8;
    else if (this.wire === 2) this.message();
    else if (this.wire === 5) this.at += 4;
    else throw new RangeError(`no such wire type: ${this.wire}`);
  }

  #view(size) {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at - size, size);
  }
}
