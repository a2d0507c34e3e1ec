// A large file in pieces (tus 1.0): what the server has acknowledged is never sent again, after a reload neither. The
// server knows an unfinished upload by person and hash, so nothing has to be remembered here.

import { Pause, judged, patienceMs } from "./asking.js";

const FILES = "/api/v1/files";
const PIECE_BYTES = 512 * 1024;
const NO_TUS = new Set([404, 405, 501]);
const PASSING = new Set([404, 409, 410, 423]); // expired, or another page is sending the same

/**
 * Sends the file and answers { status, body, headers } of what completed or refused it (body null where there is
 * none), or null where the server has no such uploads. Throws Pause, or Unacceptable. `more` is told with it, and
 * `files` is where it goes.
 */
export async function sendInPieces(fetch, { sha256, type, more = {} }, bytes, onSent = () => {}, files = FILES) {
  const answer = await create(fetch, files, { sha256, type, ...more }, bytes.byteLength);
  if (NO_TUS.has(answer.status)) return null; // whoever says so: what then answers to a PUT will tell
  const location = answer.status === 201 && answer.headers.get("Location");
  if (!location) return judged(answer.status === 201 ? 200 : answer.status, answer.body, answer.headers, isAnswered);
  if (Number(answer.headers.get("Upload-Offset")) === bytes.byteLength) return answer;
  return upload(fetch, location, bytes, onSent);
}

async function create(fetch, files, about, size) {
  const metadata = Object.entries(about).map(([name, value]) => `${name} ${base64(value)}`).join(",");
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(size), "Upload-Metadata": metadata };
  return new FetchStack(fetch).send(files, { method: "POST", headers }).catch(() => {
    throw new Pause("offline");
  });
}

async function upload(fetch, uploadUrl, bytes, onChunkComplete) {
  const { Upload } = await import("../../vendor/tus/index.js").catch(() => {
    throw new Pause("offline");
  });
  const stack = new FetchStack(fetch);
  const isDone = await new Promise((done) => {
    new Upload(new Blob([bytes]), {
      uploadUrl,
      chunkSize: PIECE_BYTES,
      retryDelays: null, // the outbox waits, with everything else that waits
      storeFingerprintForResuming: false,
      httpStack: stack,
      onChunkComplete: (_, sent) => onChunkComplete(sent),
      onSuccess: () => done(true),
      onError: () => done(false),
    }).start();
  });
  if (!stack.last) throw new Pause("offline");
  const { status, body, headers } = stack.last;
  if (isDone) return stack.last;
  if (PASSING.has(status)) throw new Pause("busy");
  if (status < 300) throw new Pause("captive");
  return judged(status, body, headers, isAnswered);
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The file was looked at and found wrong: an answer like that of PUT. */
function isAnswered(status, body) {
  return (status === 422 && Boolean(body?.error)) || body?.state === "refused";
}

/** The way tus-js-client speaks, through the fetch that all the rest goes through. `last` is the latest answer. */
class FetchStack {
  last = null;
  #fetch;

  constructor(fetch) {
    this.#fetch = fetch;
  }

  getName() {
    return "FetchStack";
  }

  createRequest(method, url) {
    const headers = {};
    return {
      getMethod: () => method,
      getURL: () => url,
      setHeader: (name, value) => (headers[name] = value),
      getHeader: (name) => headers[name],
      setProgressHandler: () => {},
      getUnderlyingObject: () => null,
      abort: async () => {},
      send: async (body) => {
        const { status, headers: given, text } = await this.send(url, { method, headers, body });
        return { getStatus: () => status, getHeader: (name) => given.get(name) ?? undefined, getBody: () => text, getUnderlyingObject: () => null };
      },
    };
  }

  async send(url, options) {
    this.last = null;
    const signal = AbortSignal.timeout(patienceMs(options.body?.size ?? 0));
    const answer = await this.#fetch(url, { credentials: "same-origin", redirect: "error", cache: "no-store", signal, ...options });
    const text = await answer.text();
    this.last = { status: answer.status, headers: answer.headers, text, body: parsed(text) };
    return this.last;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
