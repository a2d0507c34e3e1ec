// Keeps the phone app on the phone. The server puts `KEPT` in front: one version of the app, whole:
//   { version, frames: { language: [address, integrity] }, files: [[address, integrity]…], screens: [pattern…] }
//
// Only what is listed there is ever kept, after its bytes were compared, so no other network's login page can get in.
// Nothing but a GET of a listed file or of a screen is answered here: uploads never pass through (on iOS a service
// worker that sends a POST on can empty it), and where the browser can it takes a listed file out of the cache itself (`route`).
// Which version a screen opens in is chosen by the page (models/versions.js), since it knows whether anything waits to be sent;
// until then the earlier one goes on, out of its own cache.

const APP = "mingcha-app-"; // + version: a cache with the frames and all files of that version
const STATE = "mingcha-state"; // "/chosen" and "/newest": versions; "/language": of the frames
const WHOLE = "/whole"; // stands in a cache once nothing is lacking in it
const TRIES = ["default", "reload"]; // the second does not trust what the browser kept of an earlier answer

const name = APP + KEPT.version;
const screens = KEPT.screens.map((pattern) => new RegExp(pattern));

addEventListener("install", (event) => {
  event.waitUntil(install());
  event.waitUntil(route(event));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && screens.some((screen) => screen.test(pathname))) event.respondWith(frame(event.request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(event.request));
});

async function install() {
  await (navigator.locks ? navigator.locks.request(name, { mode: "shared" }, keepAll) : keepAll());
  const state = await caches.open(STATE);
  await state.put("/newest", new Response(KEPT.version));
  if (!(await state.match("/chosen"))) await state.put("/chosen", new Response(KEPT.version));
  await skipWaiting(); // harmless: this script serves every version that is kept
}

/** Where the browser can, it takes this version's files out of the cache itself, without asking here for each. */
async function route(event) {
  const pathname = KEPT.files[0][0].replace(/^(\/static\/[^/]+\/).*$/, "$1*");
  const condition = { urlPattern: { pathname }, requestMethod: "get" };
  await event.addRoutes?.([{ condition, source: { cacheName: name } }]).catch(() => {});
}

/** All or nothing. */
async function keepAll() {
  const cache = await caches.open(name);
  if (await cache.match(WHOLE)) return;
  try {
    await Promise.all([...Object.values(KEPT.frames), ...KEPT.files].map((each) => keep(cache, ...each)));
    await cache.put(WHOLE, new Response(new Date().toISOString()));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

async function keep(cache, address, integrity) {
  for (const how of TRIES) {
    try {
      const answer = await fetch(address, { integrity, cache: how, redirect: "error", credentials: "same-origin" });
      if (answer.ok) return await cache.put(address, answer);
    } catch (error) {
      if (how === TRIES.at(-1)) throw error;
    }
  }
  throw new Error(`not kept: ${address}`);
}

async function frame(request) {
  const state = await caches.open(STATE);
  const [chosen, language = "zh"] = await Promise.all(["/chosen", "/language"].map((address) => said(state, address)));
  const cache = await caches.open(APP + chosen);
  const kept = (await cache.match(`/m/frame/${language}`)) ?? (await caches.match(`/m/frame/${language}`));
  return kept ?? fetch(request);
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function said(state, address) {
  return (await state.match(address))?.text();
}
