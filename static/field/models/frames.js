// Words and bytes as one piece: the length of a JSON header (4 bytes, big-endian), the header in UTF-8, the bytes.
// What is kept sealed on the phone and what travels in a parcel have this shape.

/** One ArrayBuffer of a header and the bytes behind it. */
export function packed(header, bytes = new ArrayBuffer(0)) {
  const words = new TextEncoder().encode(JSON.stringify(header));
  const whole = new Uint8Array(4 + words.length + bytes.byteLength);
  new DataView(whole.buffer).setUint32(0, words.length);
  whole.set(words, 4);
  whole.set(bytesIn(bytes), 4 + words.length);
  return whole.buffer;
}

/** { header, bytes } of a piece. Throws where it was cut or is none. */
export function unpacked(piece) {
  const whole = bytesIn(piece);
  const length = whole.length < 4 ? Infinity : new DataView(whole.buffer, whole.byteOffset).getUint32(0);
  if (4 + length > whole.length) throw new TypeError("a piece that ends too early");
  const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(whole.subarray(4, 4 + length)));
  return { header, bytes: whole.slice(4 + length).buffer };
}

export function bytesIn(buffer) {
  return ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
}

export function areEqual(one, other) {
  const [a, b] = [bytesIn(one), bytesIn(other)];
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
