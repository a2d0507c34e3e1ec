// What is said about a cell or a circle. Everything is set as text alone.
const placeOf = (cell) => scene.names[scene.cells.place[cell]] ?? say("nowhere");
const decimals = (n, places) => n.toLocaleString("en", { maximumFractionDigits: places });
const dayWords = (day) => new Date(day * 864e5).toISOString().slice(0, 10);

function placesOf(cells) {
  const many = new Map();
  for (const cell of cells) many.set(placeOf(cell), (many.get(placeOf(cell)) ?? 0) + 1);
  return [...many].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([name]) => name).join(" · ");
}

function countsIn(cells, now) {
  const wanted = new Set(cells);
  return scene.points
    .filter((layer) => layer.day)
    .map((layer) => {
      let n = 0;
      for (let i = 0; i < layer.cell.length; i++) if (wanted.has(layer.cell[i]) && inWindow(layer, i, now)) n++;
      return { label: layer.label, n };
    });
}

// The figure behind a class: how far from the county's mean, or the rate with its interval.
function figureOf(cell, now) {
  const { rate, low, high, z } = now.layer.columns;
  if (rate && !Number.isNaN(rate[cell])) {
    const words = { rate: decimals(rate[cell], 2), unit: now.layer.unit };
    if (!low || Number.isNaN(low[cell])) return say("rate", words);
    return say("rate_interval", { ...words, low: decimals(low[cell], 2), high: decimals(high[cell], 2) });
  }
  const own = now.z ?? z;
  return own && !Number.isNaN(own[cell]) && now.kind !== "density" ? say("z", { z: own[cell].toFixed(2) }) : "";
}

function settleOf(cell, now) {
  const n = now.layer.columns.settle?.[cell];
  return now.layer.kind === "effort" && now.answer[cell] === 8 ? (n > 0 ? say("settle", { n: Math.ceil(n) }) : say("settle_unknown")) : "";
}

function lookedOf(cell, period) {
  const { visits, checks } = period;
  const words = [];
  if (visits) words.push(visits[cell] > 0 ? say("looked", { n: decimals(visits[cell], 1) }) : say("never_looked"));
  if (checks && checks[cell] > 0) words.push(say("checked", { n: checks[cell] }));
  return words.join(" · ");
}

function reasonOf(cells, now) {
  const counts = countsIn(cells, now).filter(({ n }) => n).map((one) => say("count", one));
  return [...(counts.length ? counts : [say("beside")]), figureOf(cells[0], now)].filter(Boolean).join(" · ");
}

function classWords(cell, now) {
  const known = CLASSES[now.painted].includes(now.code[cell]);
  return wordsOf(now.words, known ? now.code[cell] : 0);
}

function describeCell(cell, side) {
  const { now } = side;
  const lines = [placeOf(cell), ...(now.kind === "scan" && now.painted === "scan" ? [] : [classWords(cell, now)])];
  lines.push(settleOf(cell, now), reasonOf([cell], now), lookedOf(cell, now.period), say("cell_code", { code: scene.cells.codes[cell] }));
  return lines.filter(Boolean);
}

function describeCircle(circle, number) {
  const chance = circle.p <= 0.05 ? "circle_sure" : "circle_chance";
  const risk = circle.relative_risk === null ? "circle_all" : "circle_risk";
  const lines = [
    say("circle", { n: number, km: decimals(circle.radius_m / 1000, 1) }),
    say(risk, { risk: decimals(circle.relative_risk ?? 0, 1), cases: decimals(circle.cases, 1), expected: decimals(circle.expected, 1) }),
    `${say(chance)} · p = ${decimals(circle.p, 3)}`,
  ];
  if (circle.days.length === 2) lines.push(say("circle_days", { first: dayWords(circle.days[0]), last: dayWords(circle.days[1]) }));
  return lines;
}

function describePoint({ layer, i }) {
  const lines = layer.names ? [layer.names[i], layer.label] : [layer.label];
  if (layer.day) lines.push(dayWords(layer.day[i]));
  return lines;
}
