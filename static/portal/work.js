// The proof of work of one letter, done while its writer writes. Nobody waits for it long, and a letter goes without.

const PATIENCE_MS = 6000;

/** An object whose `answer()` gives the proof, or "" where there is none in time. */
export function startWork(address, formId, { fetch = globalThis.fetch, Worker = globalThis.Worker } = {}) {
  const url = new URL(address, location.href);
  url.searchParams.set("form", formId);
  const done = solve(url, fetch, Worker).catch(() => "");
  return { answer: (patience = PATIENCE_MS) => Promise.race([done, new Promise((give) => setTimeout(give, patience, ""))]) };
}

async function solve(url, fetch, Worker) {
  const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) return "";
  const challenge = await answer.json();
  const worker = new Worker(new URL("pow-worker.js", import.meta.url));
  try {
    const solution = await new Promise((give, fail) => {
      worker.onmessage = ({ data }) => give(data);
      worker.onerror = fail;
      worker.postMessage({ parameters: challenge.parameters });
    });
    return solution ? btoa(JSON.stringify({ challenge, solution })) : "";
  } finally {
    worker.terminate();
  }
}
