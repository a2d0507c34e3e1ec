// Other questions than the answer itself: how often somebody looked, and how sure the answer is.

// How often a cell was looked into: 0 never, 1 less than twice, 2 to four times, 3 to nine, 4 ten and more.
function visitBands(visits) {
  return Int8Array.from(visits, (n) => (!(n > 0) ? 0 : n < 2 ? 1 : n < 5 ? 2 : n < 10 ? 3 : 4));
}

// By q, the share of such findings that is false; 0 where there is none.
function bandsOfQ(q) {
  return Int8Array.from(q, (n) => (Number.isNaN(n) ? 0 : n <= 0.01 ? 4 : n <= 0.05 ? 3 : n <= 0.1 ? 2 : 1));
}

// By how wide the interval is, against the rate itself; 0 where there is none.
function bandsOfInterval(rate, low, high) {
  return Int8Array.from(rate, (n, i) => {
    const half = (high[i] - low[i]) / 2 / Math.max(n, 1e-9);
    return Number.isNaN(half) ? 0 : half <= 0.25 ? 4 : half <= 0.5 ? 3 : half <= 1 ? 2 : 1;
  });
}

function certaintyOf({ columns: { q, rate, low, high } }) {
  if (rate && low && high) return { kind: "interval", code: bandsOfInterval(rate, low, high) };
  return q ? { kind: "q", code: bandsOfQ(q) } : null;
}

// The lenses that a layer of a period has; the answer itself always.
function lensesOf(layer, period) {
  return ["answer", ...(certaintyOf(layer) ? ["certainty"] : []), ...(period.visits ? ["visits"] : [])];
}
