// Which version of the app this phone opens, of those that its service worker keeps whole (see sw.js). A new one is
// chosen here and not by the browser, so that a full queue is emptied by the version that filled it.

const APP = "mingcha-app-";
const STATE = "mingcha-state";

/** { chosen, newest, files }: versions, null where nothing is kept yet; `files` of the chosen one. */
export async function kept(caches = globalThis.caches) {
  const state = await caches.open(STATE);
  const [chosen, newest] = await Promise.all(["/chosen", "/newest"].map((address) => said(state, address)));
  const files = chosen ? (await (await caches.open(APP + chosen)).keys()).length : 0;
  return { chosen, newest, files };
}

/** The next screen that is opened anew comes in the newest version. */
export async function adopt(caches = globalThis.caches) {
  const state = await caches.open(STATE);
  const newest = await said(state, "/newest");
  if (newest) await state.put("/chosen", new Response(newest));
}

export async function speak(language, caches = globalThis.caches) {
  await (await caches.open(STATE)).put("/language", new Response(language));
}

/** Says for as long as the page lives that it is made of this version's files. */
export function hold(version, locks = globalThis.navigator?.locks) {
  if (version && locks) locks.request(APP + version, { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
}

/** Forgets the versions that no page is made of and none will be. Without locks that can't be known: all stay. */
export async function sweep({ caches = globalThis.caches, locks = globalThis.navigator?.locks } = {}) {
  if (!locks) return [];
  const { chosen, newest } = await kept(caches);
  const { held, pending } = await locks.query();
  const needed = new Set([...held, ...pending].map(({ name }) => name)).add(APP + chosen).add(APP + newest);
  const old = (await caches.keys()).filter((name) => name.startsWith(APP) && !needed.has(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  return old;
}

async function said(state, address) {
  return (await (await state.match(address))?.text()) ?? null;
}
