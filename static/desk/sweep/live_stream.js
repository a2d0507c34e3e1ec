// What is new, as it happens: server-sent events while the page can be seen; where those are not to be had, by asking.

const ASK_MS = 2000;
const LONGEST_MS = 30_000;
const TRY_STREAM_MS = 30_000;

/**
 * `told` gets each change; `state` gets "live", "asking" or "lost". Begins after the entry `number`; a change may be
 * told again. A page in the background lets go of its line: browsers have few of them for one server. Returns what
 * stops it.
 */
export function follow(address, number, { told, state, Source = globalThis.EventSource, ask = globalThis.fetch.bind(globalThis), page = document }) {
  let [source, timer, wait, stopped] = [null, 0, ASK_MS, false];

  const heard = (change) => {
    number = Math.max(number, change.number);
    told(change);
  };

  const listen = () => {
    clearTimeout(timer);
    if (stopped || page.visibilityState === "hidden") return;
    source = new Source(`${address}/stream?since=${number}`);
    source.onmessage = ({ data }) => {
      state("live");
      heard(JSON.parse(data));
    };
    source.onerror = () => {
      if (source.readyState !== Source.CLOSED) return state("lost"); // it comes again by itself
      close();
      wait = ASK_MS;
      return poll(Date.now() + TRY_STREAM_MS);
    };
  };

  const poll = async (until) => {
    if (stopped || page.visibilityState === "hidden") return;
    try {
      const answer = await ask(`${address}/board?since=${number}`, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`board: ${answer.status}`);
      heard(await answer.json());
      wait = ASK_MS;
      state("asking");
    } catch {
      wait = Math.min(wait * 2, LONGEST_MS);
      state("lost");
    }
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => (Date.now() > until ? listen() : poll(until)), wait);
  };

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };

  const turn = () => {
    close();
    listen();
  };

  page.addEventListener("visibilitychange", turn);
  listen();
  return () => {
    stopped = true;
    close();
    page.removeEventListener("visibilitychange", turn);
  };
}
