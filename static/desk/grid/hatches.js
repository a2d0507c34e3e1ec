// Patterns that say without colour what is amiss: nobody went, two claim it, nobody has it.

const NS = "http://www.w3.org/2000/svg";
const HATCHES = {
  "level-never": ["never", "M0 0L8 8M8 0L0 8", 8],
  "level-overdue": ["overdue", "M0 8L8 0", 8],
  overlap: ["overlap", "M0 0L6 6M6 0L0 6", 6],
  gap: ["gap", "M0 6L6 0", 6],
  stray: ["stray", "M0 3L6 3", 6],
};

export function hatchOf(look) {
  const found = HATCHES[look];
  return found ? `url(#hatch-${found[0]})` : "";
}

export function addHatches(svg) {
  const defs = document.createElementNS(NS, "defs");
  for (const [name, path, size] of Object.values(HATCHES)) {
    const pattern = document.createElementNS(NS, "pattern");
    for (const [key, value] of Object.entries({ id: `hatch-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse" })) pattern.setAttribute(key, value);
    const ground = document.createElementNS(NS, "rect");
    for (const [key, value] of Object.entries({ width: size, height: size, class: `hatch-ground hatch-ground-${name}` })) ground.setAttribute(key, value);
    const line = document.createElementNS(NS, "path");
    for (const [key, value] of Object.entries({ d: path, class: `hatch-line hatch-line-${name}` })) line.setAttribute(key, value);
    pattern.append(ground, line);
    defs.append(pattern);
  }
  svg.prepend(defs);
}
