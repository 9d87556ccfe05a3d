/** What `pavlov doctor` sees without the trainer: the packages, Node.js, npm, the system. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { release } from "node:os";
import type { Check } from "@pavlov/trainer/doctor";

/** Milliseconds that npm may take. */
const patience = 5000;

const packages = ["@pavlov/core", "@pavlov/rewards", "@pavlov/trainer"] as const;

/** Versions of packages by their names; null where one is not installed. */
export type Versions = Readonly<Record<string, string | null>>;

/** Versions of Pavlov's packages beside this one. */
async function installedVersions(): Promise<Versions> {
  const { resolve } = createRequire(import.meta.url);
  const versions = packages.map(async (name) => {
    try {
      const file: unknown = JSON.parse(await readFile(resolve(`${name}/package.json`), "utf8"));
      return [name, (file as { readonly version: string }).version] as const;
    } catch {
      return [name, null] as const;
    }
  });
  return Object.fromEntries(await Promise.all(versions));
}

/** The line on the packages, which share one version. */
export function packagesCheck(own: string, versions: Versions): Check {
  const subject = { id: "packages", section: "Pavlov", title: "packages" } as const;
  const named = Object.entries({ pavlov: own, ...versions });
  const there = named.flatMap(([name, version]) => (version === null ? [] : [`${name} ${version}`]));
  const others = named.filter(([, version]) => version !== null && version !== own).map(([name]) => `${name}@${own}`);
  if (others.length > 0) {
    const detail = `${there.join(", ")}: they are not of one version`;
    return { ...subject, status: "problem", detail, fix: `npm install ${others.join(" ")}` };
  }
  if (versions["@pavlov/trainer"] === null) {
    const detail = `@pavlov/trainer is not installed, without which nothing trains; there are ${there.join(", ")}`;
    return { ...subject, status: "missing", detail, fix: `npm install @pavlov/trainer@${own}` };
  }
  return { ...subject, status: "ok", detail: there.join(", ") };
}

/** Whether a version is in a range of the form `^20.19 || >=22.12`, which is all that this package's own has. */
export function isInRange(version: string, range: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return range.split("||").some((part) => {
    const [, sign, first, second] = /^\s*(\^|>=)(\d+)\.(\d+)\s*$/.exec(part) ?? [];
    if (sign === undefined) return false;
    const isLater = major > Number(first);
    return isLater ? sign === ">=" : major === Number(first) && minor >= Number(second);
  });
}

/** The line on Node.js. */
export function nodeCheck(version: string, range: string): Check {
  const subject = { id: "node", section: "Pavlov", title: "Node.js" } as const;
  const detail = version.replace(/^v/, "");
  if (isInRange(version, range)) return { ...subject, status: "ok", detail };
  return {
    ...subject,
    status: "problem",
    detail: `${detail} is not supported: ${range} is`,
    fix: "install the newest Node.js with long-term support",
  };
}

/** The version that npm prints; null where there is none. */
function npmVersion(): Promise<string | null> {
  // Windows runs npm.cmd by its shell alone.
  const options = { timeout: patience, shell: process.platform === "win32", windowsHide: true };
  return new Promise((resolve) => {
    execFile("npm", ["--version"], options, (error, output) => {
      resolve(error === null ? output.trim() : null);
    });
  });
}

/** The line on npm. */
export function npmCheck(version: string | null): Check {
  const subject = { id: "npm", section: "Pavlov", title: "npm" } as const;
  if (version !== null) return { ...subject, status: "ok", detail: version };
  const detail = "not found in the PATH; other package managers do as well";
  return { ...subject, status: "missing", detail, fix: "it comes with Node.js" };
}

/** The line on the system, by `/etc/os-release` where Linux has it. */
export function systemCheck(osRelease: string | null): Check {
  const names: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS", win32: "Windows" };
  const distribution = /^PRETTY_NAME="?([^"\n]+)/m.exec(osRelease ?? "")?.[1];
  const kernel = `${names[process.platform] ?? process.platform} ${release()} ${process.arch}`;
  const detail = distribution === undefined ? kernel : `${kernel}, ${distribution}`;
  return { id: "system", section: "Machine", title: "system", status: "info", detail };
}

/** All these lines. */
export async function installationChecks(own: string, range: string): Promise<readonly Check[]> {
  const [versions, npm, osRelease] = await Promise.all([
    installedVersions(),
    npmVersion(),
    readFile("/etc/os-release", "utf8").catch(() => null),
  ]);
  return [packagesCheck(own, versions), nodeCheck(process.version, range), npmCheck(npm), systemCheck(osRelease)];
}
