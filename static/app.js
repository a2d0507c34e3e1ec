// Brings markup to life: <div data-controller="desk/menu"> runs the default export of /static/desk/menu.js with the
// element, now or whenever it enters the page (htmx), and what it returns when the element leaves. <html data-ready>
// says that all that was there at first has been started.

import { loadMessages } from "./helpers/i18n.js";

const ATTRIBUTE = "data-controller";
const NAME = /^[a-z]+(\/[a-z][a-z-]*)+$/;
const leaving = new WeakMap();

await loadMessages();
new MutationObserver(changed).observe(document.documentElement, { childList: true, subtree: true });
await bring(document.documentElement);
document.documentElement.dataset.ready = "";

function changed(records) {
  for (const { addedNodes, removedNodes } of records) {
    for (const node of removedNodes) if (!node.isConnected) each(node, release);
    for (const node of addedNodes) if (node.isConnected) bring(node);
  }
}

function bring(root) {
  const starting = [];
  each(root, (element) => {
    if (leaving.has(element)) return;
    leaving.set(element, []);
    for (const name of element.getAttribute(ATTRIBUTE).split(/\s+/).filter(Boolean)) {
      starting.push(connect(element, name).catch(reportError));
    }
  });
  return Promise.all(starting);
}

async function connect(element, name) {
  if (!NAME.test(name)) throw new Error(`not a controller name: ${name}`);
  const { default: start } = await import(`./${name}.js`);
  if (!element.isConnected) return;
  const stop = await start(element);
  if (typeof stop !== "function") return;
  if (leaving.has(element)) leaving.get(element).push(stop);
  else stop();
}

function release(element) {
  for (const stop of leaving.get(element) ?? []) stop();
  leaving.delete(element);
}

function each(root, visit) {
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  if (root.hasAttribute(ATTRIBUTE)) visit(root);
  root.querySelectorAll(`[${ATTRIBUTE}]`).forEach(visit);
}
