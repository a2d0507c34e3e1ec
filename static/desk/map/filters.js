// The filter bar: what is ticked, and back from an address.

const NAMES = ["kind", "state", "licence_state", "category", "township"];

export function readFilters(form) {
  const given = new FormData(form);
  return Object.fromEntries(NAMES.map((name) => [name, given.getAll(name).filter(Boolean)]).filter(([, values]) => values.length));
}

export function showFilters(form, filters) {
  for (const input of form.elements) {
    if (!NAMES.includes(input.name)) continue;
    if (input.type === "checkbox") input.checked = filters[input.name]?.includes(input.value) ?? false;
    else input.value = filters[input.name]?.[0] ?? "";
  }
  const count = Object.entries(filters).filter(([name]) => name !== "kind").reduce((sum, [, values]) => sum + values.length, 0);
  const badge = form.querySelector("#filter-count");
  badge.textContent = count;
  badge.hidden = !count;
}
