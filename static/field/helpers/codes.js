// Reads QR codes: by the browser where it can, else by a library that is brought when it is first needed.

const WIDEST = 1_000;

/** `reader(source)` gives the text of the code in a video, image or canvas, or null. */
export async function codeReader() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => []);
  if (formats?.includes("qr_code")) {
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    return async (source) => (await detector.detect(source).catch(() => []))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import("../../vendor/jsqr/index.js");
  const canvas = document.createElement("canvas");
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  return async (source) => {
    const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    if (!width || !height) return null;
    const scale = Math.min(1, WIDEST / Math.max(width, height));
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    ink.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, canvas.width, canvas.height)?.data || null;
  };
}
