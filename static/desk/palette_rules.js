// When the palette opens, and which pages a word means. No DOM here.

const TYPING = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** "/" outside a field, or Ctrl/⌘ + K anywhere; never while an input method is composing. */
export function opensPalette({ key, ctrlKey, metaKey, altKey, isComposing, target }) {
  if (isComposing || altKey) return false;
  if (ctrlKey || metaKey) return key.toLowerCase() === "k";
  return key === "/" && !TYPING.has(target?.tagName) && !target?.isContentEditable;
}

/** Every blank-separated word occurs in the label; case and full-width forms don't matter. */
export function matches(label, words) {
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  return plain(words).split(/\s+/).every((word) => plain(label).includes(word));
}
