// The tokens of static/css/tokens.css, for whatever paints on a canvas: maps and charts.

/** token("hot99") → "#a50f15" in the theme now shown. An unknown name is a mistake in the code, so it throws. */
export function token(name, element = document.documentElement) {
  const value = getComputedStyle(element).getPropertyValue(`--${name}`).trim();
  if (!value) throw new Error(`no such token: --${name}`);
  return value;
}

/** Calls `repaint` each time the theme changes; returns what stops it. */
export function onThemeChange(repaint) {
  const observer = new MutationObserver(repaint);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}
