// The keyboard of a tip: each decision has a letter that opens its form or presses its button. Enter sends, Escape closes.

export default function connect(tip) {
  const keyed = (event) => {
    if (event.key === "Escape") return close(event);
    if (!isCommand(event) || !tip.isConnected) return;
    const found = tip.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!found) return;
    event.preventDefault();
    if (found.matches("details")) open(found);
    else if (found.matches("a")) found.click();
    else found.focus();
  };
  const entered = (event) => {
    if (event.key === "Enter" && event.target.matches("select")) {
      event.preventDefault();
      event.target.form?.requestSubmit();
    }
  };
  document.addEventListener("keydown", keyed);
  tip.addEventListener("keydown", entered);
  return () => document.removeEventListener("keydown", keyed);
}

/** Whether a key is meant as a command: nothing is typed, nothing is held, no input method is composing. */
export function isCommand({ key, ctrlKey, metaKey, altKey, isComposing, target }) {
  if (ctrlKey || metaKey || altKey || isComposing || key.length !== 1) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !(target?.isContentEditable || target?.matches?.("input, select, textarea"));
}

function open(details) {
  details.open = true;
  for (const other of details.parentElement.querySelectorAll(":scope > details[open]")) if (other !== details) other.open = false;
  const field = details.querySelector("input:not([type=hidden]), select, textarea");
  field?.focus();
  details.scrollIntoView({ block: "nearest" });
}

function close(event) {
  const details = event.target.closest?.("details.act[open]");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus();
}
