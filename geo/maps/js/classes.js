// The classes of each kind of layer in the order of its legend, how they look, and which of them call for a look.
const CLASSES = {
  significance: [3, 2, 1, -1, -2, -3, 9],
  quadrants: [1, 4, 2, 3, 9],
  effort: [1, 8, -1],
  emerging: [1, 2, 3, 4, 6, 7, 5, 8, -1, 9],
  density: [4, 3, 2, 1],
  scan: [],
  change: [1, 2, 3, 8],
  visits: [4, 3, 2, 1, 0],
  certainty: [4, 3, 2, 1, 0],
};
const HOT = { significance: [3, 2, 1], quadrants: [1, 4], effort: [1], emerging: [1, 2, 3, 4], density: [4], change: [1], scan: [] };
const UNKNOWN = { significance: 9, quadrants: 9, effort: 8, emerging: 9 };

const isHot = (kind, code) => HOT[kind].includes(code);

const lookOf = (fill, alpha, edge, width, hatch = null) => ({ fill: token(fill), alpha, edge: token(edge), width, hatch: hatch && [hatch[0], hatch[1], token(hatch[2])] });

const DEEP = lookOf("hot99", 0.82, "edge-hot99", 1.6, ["cross", 11, "hatch"]);
const MIDDLE = lookOf("hot95", 0.76, "edge-hot95", 1.2, ["slash", 10, "hatch"]);
const LIGHT = lookOf("hot90", 0.72, "edge-hot90", 1);
const COLD = lookOf("cold", 0.42, "cold", 1, ["dots", 7, "hatch-cold"]);
const BLIND = lookOf("hot-none", 0.22, "edge-blind", 0.6, ["back", 9, "hatch-blind"]);

const KINDS = {
  significance: {
    3: DEEP,
    2: MIDDLE,
    1: LIGHT,
    "-1": lookOf("cold", 0.22, "cold", 0.8),
    "-2": COLD,
    "-3": lookOf("cold", 0.62, "accent-strong", 1.2, ["dots", 5, "hatch-cold"]),
    9: BLIND,
  },
  quadrants: { 1: DEEP, 4: { ...LIGHT, hatch: ["slash", 8, token("edge-hot90")], width: 1.6 }, 2: lookOf("cold", 0.16, "cold", 1, ["back", 8, "cold"]), 3: COLD, 9: BLIND },
  effort: { 1: DEEP, 8: lookOf("hot-none", 0.34, "edge-blind", 1, ["back", 8, "hatch-blind"]), "-1": COLD },
  emerging: {
    1: DEEP,
    2: MIDDLE,
    3: { ...MIDDLE, hatch: ["cross", 8, token("hatch")] },
    4: { ...LIGHT, alpha: 0.95 },
    6: { ...LIGHT, alpha: 0.45, hatch: ["dots", 6, token("edge-hot90")] },
    7: { ...LIGHT, alpha: 0.3, hatch: ["slash", 8, token("edge-hot90")] },
    5: lookOf("hot-none", 0.6, "edge-blind", 1, ["slash", 9, "edge-hot90"]),
    8: lookOf("hot-none", 0.4, "edge-blind", 0.8),
    "-1": COLD,
    9: BLIND,
  },
  density: [null, 0.16, 0.34, 0.54, 0.76].map((alpha) => alpha && lookOf("site-institution", alpha, "site-institution", 0.8)),
  change: { 1: DEEP, 2: { ...LIGHT, hatch: ["dots", 6, token("edge-hot90")] }, 3: COLD, 8: BLIND },
  visits: rampOf("accent"),
  certainty: rampOf("ok"),
};

// From too little to plenty: 0 is hatched like ground that nobody has looked at.
function rampOf(colour) {
  return [BLIND, ...[0.16, 0.34, 0.54, 0.76].map((alpha) => lookOf(colour, alpha, colour, 0.6))];
}

for (const [kind, looks] of Object.entries(KINDS)) {
  for (const code of CLASSES[kind]) LOOK[`${kind}_${code}`] = looks[code];
}

const wordsOf = (kind, code) => say(`${kind}_${code}`);
