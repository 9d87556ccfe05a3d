// Completes package-lock.json with the binaries of other platforms. npm leaves out an optional package that the registry
// it asks does not offer; with such a lockfile `npm ci` fails there, and other platforms miss their binary everywhere.
// Usage: node scripts/complete-lockfile.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const systems = {
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  openharmony: "openharmony",
  win32: "win32",
  windows: "win32",
};
const processors = {
  64: "x64",
  arm: "arm",
  arm64: "arm64",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "x64",
};
const libraries = { gnu: "glibc", musl: "musl" };

/**
 * The platform that a package's name ends in, as npm's `os`, `cpu` and `libc`; undefined when it names none.
 * @param {string} name such as `@oxlint/binding-linux-x64-gnu`
 */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const [os] = words.flatMap((word) => systems[word] ?? []);
  const [cpu] = words.flatMap((word) => processors[word] ?? []);
  const [libc] = words.flatMap((word) => libraries[word] ?? []);
  return os === undefined || cpu === undefined ? undefined : { os, cpu, libc: os === "linux" ? libc : undefined };
}

/**
 * The entries that the lockfile lacks: optional packages of a fixed version, named after a platform.
 * @param {Record<string, { optionalDependencies?: Record<string, string>, dev?: boolean }>} packages
 */
export function missingEntries(packages) {
  const missing = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) || isLocked(packages, path, name))
        continue;
      missing[`node_modules/${name}`] = {
        version,
        cpu: [platform.cpu],
        ...(dev && { dev: true }),
        ...(platform.libc && { libc: [platform.libc] }),
        optional: true,
        os: [platform.os],
      };
    }
  }
  return missing;
}

/** Whether Node.js would find the package from the given one: beside it or in a folder further up. */
function isLocked(packages, path, name) {
  const folders = path.split("/");
  while (folders.length > 0) {
    if (packages[`${folders.join("/")}/node_modules/${name}`]) return true;
    folders.pop();
  }
  return packages[`node_modules/${name}`] !== undefined;
}

/** @param {boolean} checkOnly */
function main(checkOnly) {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock.packages);
  const names = Object.keys(missing).map((path) => path.slice("node_modules/".length));
  if (checkOnly) {
    if (names.length > 0) console.error(`package-lock.json lacks ${names.join(", ")}: run npm run lockfile.`);
    process.exitCode = names.length > 0 ? 1 : 0;
    return;
  }
  const entries = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, "en")));
  if (names.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${names.length} packages added to package-lock.json`);
}

const script = process.argv[1];
if (script !== undefined && resolve(script) === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
