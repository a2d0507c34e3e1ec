// Sends a file with the real tus-js-client and writes what happened to standard output as one line of JSON.
// node tus_client.mjs '{"endpoint","file","sha256","headers","chunkSize","uploadDataDuringCreation","uploadUrl","overridePatchMethod","parallel","retryDelays"}'
import { readFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const given = JSON.parse(process.argv[2]);
const bytes = readFileSync(given.file);

function send() {
  const seen = { states: [], requests: [], progress: [] };
  return new Promise((resolve) => {
    const upload = new Upload(bytes, {
      endpoint: given.endpoint,
      uploadUrl: given.uploadUrl,
      headers: given.headers,
      chunkSize: given.chunkSize ?? Infinity,
      uploadDataDuringCreation: given.uploadDataDuringCreation ?? false,
      overridePatchMethod: given.overridePatchMethod ?? false,
      retryDelays: given.retryDelays ?? [0, 50, 100, 200, 400],
      metadata: { sha256: given.sha256, type: "image/jpeg" },
      onAfterResponse(request, response) {
        seen.requests.push(`${request.getMethod()} ${response.getStatus()}`);
        const state = response.getHeader("X-File-State");
        if (state) seen.states.push(state);
      },
      onChunkComplete: (size, accepted) => seen.progress.push(accepted),
      onSuccess: () => resolve({ ...seen, url: upload.url, done: true }),
      onError: (error) =>
        resolve({
          ...seen,
          url: upload.url,
          done: false,
          error: error.message,
          status: error.originalResponse?.getStatus() ?? null,
          body: error.originalResponse?.getBody() ?? null,
        }),
    });
    upload.start();
  });
}

const results = await Promise.all(Array.from({ length: given.parallel ?? 1 }, send));
console.log(JSON.stringify(results));
