// Makes elements. Text goes in as text, always; nothing here can make a script run.

const SVG = "http://www.w3.org/2000/svg";
const MARKUP = new Set(["innerhtml", "outerhtml", "srcdoc", "style", "nonce"]);
const ADDRESS = new Set(["href", "src", "action", "formaction", "poster", "data", "xlink:href"]);
const TAGS_THAT_RUN = new Set(["script", "style", "iframe", "object", "embed", "base", "meta", "link"]);

/**
 * el("a", { class: "row", href: url }, "幸福小学", el("span", {}, "3 天前")).
 * true sets an empty attribute; false, null and undefined leave it out. Listeners go on with addEventListener.
 */
export function el(tag, attributes = {}, ...children) {
  refuseTag(tag);
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    refuseAttribute(name, value);
    element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, ...children);
  return element;
}

/** Replaces what is in `element`. Strings and numbers become text, arrays are opened, null and false are nothing. */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))),
  );
  return element;
}

/** The same markup as the `icon` macro. With a label it speaks; without it is an ornament. */
export function icon(name, label = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  if (label) svg.setAttribute("role", "img");
  svg.setAttribute(label ? "aria-label" : "aria-hidden", label || "true");
  const use = document.createElementNS(SVG, "use");
  const sprite = new URL("../icons/sprite.svg", import.meta.url);
  use.setAttribute("href", `${sprite.pathname}#${encodeURIComponent(name)}`);
  svg.append(use);
  return svg;
}

export function refuseTag(tag) {
  if (TAGS_THAT_RUN.has(tag.toLowerCase())) throw new TypeError(`el() makes no <${tag}>`);
}

export function refuseAttribute(name, value) {
  const lower = name.toLowerCase();
  if (lower.startsWith("on") || MARKUP.has(lower)) throw new TypeError(`el() sets no ${name}`);
  if (ADDRESS.has(lower) && !isPlainAddress(String(value))) throw new TypeError(`el() sets no such ${name}`);
}

function isPlainAddress(value) {
  // Browsers drop control characters and blanks before they look for the scheme.
  // eslint-disable-next-line no-control-regex
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value.replace(/[\u0000-\u0020]/g, ""))?.[1].toLowerCase();
  return scheme === undefined || ["https", "http", "blob", "tel", "mailto"].includes(scheme);
}
