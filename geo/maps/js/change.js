// One period against another, cell by cell: 1 hot now, 2 hot in both, 3 hot before, 8 not to be compared, 0 neither.
function changeOf(kind, now, before) {
  const unknown = UNKNOWN[kind];
  return Int8Array.from(now, (code, i) => {
    if (code === unknown || before[i] === unknown) return 8;
    const [hot, was] = [isHot(kind, code), isHot(kind, before[i])];
    return hot ? (was ? 2 : 1) : was ? 3 : 0;
  });
}
