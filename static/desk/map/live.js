// Asks every second and a half what has been done, while the page can be seen; less often when the line is down.

const EVERY_MS = 1500;
const LONGEST_MS = 30_000;

/**
 * `told` gets { deeds, checks, isFirst } of what was not told before; the first answer also holds what was done just
 * before the page was made. Returns what stops it.
 */
export function watch(address, since, told) {
  const seen = new Set();
  let [timer, wait, stopped, isFirst] = [0, EVERY_MS, false, true];

  const ask = async () => {
    clearTimeout(timer);
    if (stopped || document.visibilityState === "hidden") return;
    try {
      const answer = await fetch(`${address}?since=${encodeURIComponent(since)}`, { credentials: "same-origin", cache: "no-cache" });
      if (!answer.ok) throw new Error(`changes: ${answer.status}`);
      since = answer.headers.get("X-Until") ?? since;
      const { deeds, checks, is_all: isAll } = await answer.json();
      const fresh = deeds.filter(({ key }) => !seen.has(key));
      for (const { key } of fresh) seen.add(key);
      const ids = new Set(fresh.map(({ id }) => id));
      if (fresh.length || !isAll) told({ deeds: fresh, checks: checks.filter(({ id }) => ids.has(id)), isFirst });
      isFirst = false;
      wait = EVERY_MS;
    } catch {
      wait = Math.min(wait * 2, LONGEST_MS);
    }
    if (!stopped) timer = setTimeout(ask, wait);
  };

  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", ask);
  };
}
