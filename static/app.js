// Brings markup to life: <div data-controller="desk/menu"> runs the default export of /static/desk/menu.js with the
// element, now or whenever it enters the page (htmx), and what it returns when the element leaves.

import { loadMessages } from "./helpers/i18n.js";

const ATTRIBUTE = "data-controller";
const NAME = /^[a-z]+(\/[a-z][a-z-]*)+$/;
const leaving = new WeakMap();

await loadMessages();
bring(document.documentElement);
new MutationObserver(changed).observe(document.documentElement, { childList: true, subtree: true });

function changed(records) {
  for (const { addedNodes, removedNodes } of records) {
    for (const node of removedNodes) if (!node.isConnected) each(node, release);
    for (const node of addedNodes) if (node.isConnected) bring(node);
  }
}

function bring(root) {
  each(root, (element) => {
    if (leaving.has(element)) return;
    leaving.set(element, []);
    for (const name of element.getAttribute(ATTRIBUTE).split(/\s+/).filter(Boolean)) connect(element, name);
  });
}

async function connect(element, name) {
  if (!NAME.test(name)) throw new Error(`not a controller name: ${name}`);
  const { default: start } = await import(`./${name}.js`);
  if (!element.isConnected) return;
  const stop = await start(element);
  if (typeof stop === "function") leaving.get(element)?.push(stop);
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
