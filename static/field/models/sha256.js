// The name of a photo is the hash of its bytes as they reached the page, before anything is resized.

/** 64 hex digits of an ArrayBuffer or typed array. Rejects where the page is not in a secure context. */
export async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
