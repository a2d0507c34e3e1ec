// What was written stays on this phone for a week, or until it was sent or wiped. Who wrote it is never kept here.

const KEEP_MS = 7 * 24 * 3600 * 1000;
const FIELDS = new Set(["form_id", "text", "place", "near", "compound", "building", "unit", "room", "schedule", "band", "category", "names_minor", "lon", "lat", "accuracy_m"]);
const WRITTEN = ["text", "place", "near", "compound", "schedule", "lon"];

/** { restored, keep(), forget() }: puts back what an untouched form was left with. */
export function openDraft(form, county, store = localStorage, now = Date.now) {
  const key = `report ${county}`;
  const kept = read(store, key, now());
  const isFresh = !entries(form).some(([name, value]) => WRITTEN.includes(name) && value);
  const restored = Boolean(kept && isFresh);
  if (restored) putBack(form, kept);
  return {
    restored,
    keep() {
      try {
        store.setItem(key, JSON.stringify({ at: now(), entries: entries(form) }));
        return true;
      } catch {
        return false; // no room, or a private window: the page itself still holds it
      }
    },
    forget: () => forgetDraft(county, store),
  };
}

export function forgetDraft(county, store = localStorage) {
  try {
    store.removeItem(`report ${county}`);
  } catch {
    // there is no store, so nothing is in it
  }
}

function entries(form) {
  return [...new FormData(form)].filter(([name, value]) => FIELDS.has(name) && typeof value === "string");
}

function read(store, key, now) {
  try {
    const kept = JSON.parse(store.getItem(key));
    if (kept && now - kept.at < KEEP_MS && Array.isArray(kept.entries)) return kept.entries;
    store.removeItem(key);
  } catch {
    // rubbish, or no store
  }
  return null;
}

function putBack(form, kept) {
  for (const [name, value] of kept) {
    if (!FIELDS.has(name) || typeof value !== "string") continue;
    const boxes = [...form.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
    if (boxes.length) boxes.filter((box) => box.value === value).forEach((box) => (box.checked = true));
    else if (form.elements.namedItem(name)) form.elements.namedItem(name).value = value;
  }
}
