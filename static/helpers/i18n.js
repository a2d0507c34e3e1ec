// Chinese is the source language: its words are the keys. English comes from a catalogue, {"中文": "English"}.

let catalogue = {};

/**
 * The words of `template` in the page's language, with {name} replaced; {n:site|sites} chooses by the number n.
 * Returns text, never markup.
 */
export function t(template, values = {}) {
  const words = catalogue[template] || template;
  return words.replace(/\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g, (hole, name, one, many) => {
    if (!Object.hasOwn(values, name)) return hole;
    if (one === undefined) return String(values[name]);
    return Number(values[name]) === 1 ? one : many;
  });
}

/** Marks Chinese words for the catalogue where they stand; t() says them later. */
export function marked(words) {
  return words;
}

export function setMessages(messages) {
  catalogue = Object.assign(Object.create(null), messages);
}

/** Reads the catalogue in the page, else fetches it; Chinese needs none. A failure leaves Chinese standing. */
export async function loadMessages(page = document) {
  const inPage = page.getElementById("messages");
  if (inPage) return setMessages(JSON.parse(inPage.textContent));
  const language = page.documentElement.lang.toLowerCase();
  if (!language.startsWith("en")) return;
  try {
    const answer = await fetch("/api/v1/messages/en.json", { credentials: "same-origin" });
    if (answer.ok) setMessages(await answer.json());
  } catch {
    // Offline with no cached catalogue: the Chinese words are better than none.
  }
}
