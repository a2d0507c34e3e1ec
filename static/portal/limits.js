// The limits of files, so that nobody sends 200 MB to be told that it was too much.

import { t } from "../helpers/i18n.js";

const MB = 1_000_000;

/** What to say of a file that will not be taken, else "". `limits` are megabytes: photo, film, document. */
export function tooLarge(file, limits) {
  const kind = file.type.startsWith("image/") ? "photo" : /^(video|audio)\//.test(file.type) ? "film" : "document";
  const limit = limits[kind];
  return file.size > limit * MB ? t("太大：{size}，最多 {limit} MB", { size: megabytes(file.size), limit }) : "";
}

/** "3.4 MB", "120 KB" */
export function megabytes(bytes) {
  return bytes < MB ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / MB).toFixed(1)} MB`;
}
