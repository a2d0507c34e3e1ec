// Copies what the browser loads from node_modules/ into static/vendor/, under paths without versions.
//
//   leaflet/leaflet.js leaflet/leaflet.css leaflet/images/   script → window.L
//   htmx/htmx.min.js                                         script → window.htmx
//   idb/index.js                                             module: import { openDB, … }
//   tus/tus.min.js                                           script → window.tus (self.tus in a worker)
//   tus/index.js                                             module: import { Upload, … }
//   jsqr/index.js                                            module: import jsQR
//
// Every module is complete: no bare specifier is left, so no import map is needed. Each folder carries the
// licence of its package and package.json's version in VERSION.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
const target = path.resolve(process.argv[2] ?? path.join(root, "static/vendor"));
const making = `${target}.making`;

const PACKAGES = [
  { from: "leaflet", to: "leaflet", files: ["dist/leaflet.js", "dist/leaflet.css", "dist/images"] },
  { from: "htmx.org", to: "htmx", files: ["dist/htmx.min.js"] },
  { from: "idb", to: "idb", files: ["build/index.js"] },
  { from: "tus-js-client", to: "tus", files: ["dist/tus.min.js"] },
  { from: "jsqr", to: "jsqr", files: ["dist/jsQR.js"] },
];

await rm(making, { recursive: true, force: true });
for (const entry of PACKAGES) await copyPackage(entry);
await writeTusModule();
await writeFile(path.join(making, "jsqr/index.js"), 'import "./jsQR.js";\n\nexport default globalThis.jsQR;\n');
await refuseBareImports();
await rm(target, { recursive: true, force: true });
await rename(making, target);

async function copyPackage({ from, to, files }) {
  const source = path.join(root, "node_modules", from);
  const folder = path.join(making, to);
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    await cp(path.join(source, file), path.join(folder, path.basename(file)), { recursive: true });
  }
  for (const name of await readdir(source)) {
    if (/licen[cs]e/i.test(name)) await cp(path.join(source, name), path.join(folder, "LICENSE"));
  }
  const { version } = JSON.parse(await readFile(path.join(source, "package.json"), "utf8"));
  await writeFile(path.join(folder, "VERSION"), `${version}\n`);
}

// The package's own module imports eight others by bare name. Its script bundle holds them all, so the module is
// that bundle with the package's list of exports behind it.
async function writeTusModule() {
  const index = path.join(root, "node_modules/tus-js-client/lib.esm/browser/index.js");
  const names = exportedNames(await readFile(index, "utf8"));
  await writeFile(
    path.join(making, "tus/index.js"),
    `import "./tus.min.js";\n\nexport const { ${names.join(", ")} } = globalThis.tus;\n`,
  );
}

function exportedNames(source) {
  const list = source.match(/export\s*\{([^}]*)\}\s*;?\s*(?:\/\/.*\s*)?$/);
  if (!list) throw new Error("the package no longer ends with one export list");
  return list[1]
    .split(",")
    .map((item) => item.trim().split(/\s+as\s+/).at(-1))
    .filter(Boolean);
}

async function refuseBareImports() {
  for (const file of await readdir(making, { recursive: true })) {
    if (!file.endsWith("index.js")) continue;
    const source = await readFile(path.join(making, file), "utf8");
    const bare = source.match(/\b(?:from|import)\s*\(?\s*["'](?![./])([^"']+)["']/);
    if (bare) throw new Error(`${file} imports "${bare[1]}", which no browser can find`);
  }
}
