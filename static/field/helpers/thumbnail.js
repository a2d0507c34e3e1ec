// A small picture to show on this phone. The photo itself is never touched.

const EDGE = 320;

/** JPEG bytes of the photo at most 320 px wide, upright; null where the browser can't draw it (HEIC on most). */
export async function thumbnail(bytes, type) {
  let picture;
  try {
    picture = await createImageBitmap(new Blob([bytes], { type }), { resizeWidth: EDGE, resizeQuality: "medium", imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  return blob && (await blob.arrayBuffer());
}
