// A small picture to show on this phone. The photo or film itself is never touched.

const EDGE = 320;
const FILM_MS = 4_000;

/** JPEG bytes of the photo at most 320 px wide, upright; null where the browser can't draw it (HEIC on most). */
export async function thumbnail(bytes, type) {
  const blob = new Blob([bytes], { type });
  try {
    return type.startsWith("video/") ? await ofFilm(blob) : await ofPhoto(blob);
  } catch {
    return null;
  }
}

async function ofPhoto(blob) {
  const picture = await createImageBitmap(blob, { resizeWidth: EDGE, resizeQuality: "medium", imageOrientation: "from-image" });
  const small = await drawn(picture, picture.width, picture.height);
  picture.close();
  return small;
}

/** Its first picture that is not the black one before the beginning. */
async function ofFilm(blob) {
  const url = URL.createObjectURL(blob);
  const film = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto", src: url });
  try {
    await happened(film, "loadeddata");
    film.currentTime = Math.min(0.1, film.duration || 0);
    await happened(film, "seeked");
    return await drawn(film, EDGE, Math.round((EDGE * film.videoHeight) / film.videoWidth));
  } finally {
    film.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

function happened(film, name) {
  return new Promise((done, failed) => {
    film.addEventListener(name, done, { once: true });
    film.addEventListener("error", failed, { once: true });
    setTimeout(failed, FILM_MS);
  });
}

async function drawn(picture, width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  return blob && (await blob.arrayBuffer());
}
