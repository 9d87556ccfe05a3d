/** Takes out of a report what tells who made it, so that it can be attached to a public one. */
import { homedir, hostname, userInfo } from "node:os";

/** Whom a report must not name. */
export interface Person {
  readonly home: string;
  readonly user: string;
  readonly host: string;
  readonly isWindows: boolean;
}

/** Names that many machines share, and that stand for other things as well. */
const common = new Set(
  [
    "root",
    "user",
    "node",
    "runner",
    "admin",
    "ubuntu",
    "debian",
    "fedora",
    "arch",
    "linux",
    "localhost",
    "bin",
    "lib",
  ].concat([
    "cache",
    "home",
    "share",
    "docker",
    "nvidia",
    "intel",
    "amd",
    "mesa",
    "pavlov",
    "app",
    "dev",
    "data",
    "cpu",
    "gpu",
  ]),
);

const tells = (name: string): boolean => name.length > 1 && !common.has(name.toLowerCase());

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");

/** Who runs this process. */
export function thisPerson(): Person {
  let user = "";
  try {
    user = userInfo().username;
  } catch {
    // A container's user may have no name.
  }
  return { home: homedir(), user, host: hostname(), isWindows: process.platform === "win32" };
}

/** A function that writes `~` for the home folder, and `<user>` and `<host>` for names, in any text. */
export function anonymous({ home, user, host, isWindows }: Person): (text: string) => string {
  const flags = isWindows ? "gi" : "g";
  const edge = String.raw`(?![\w.-])`;
  const replacements: [RegExp, string][] = [];
  // "/" alone is no folder of anybody's.
  if (home.length > 1) {
    const either = home
      .split(/[\\/]/)
      .map(escaped)
      .join(String.raw`[\\/]`);
    replacements.push([new RegExp(`${either}${edge}`, flags), "~"]);
  }
  for (const [name, stand] of [
    [user, "<user>"],
    [host, "<host>"],
  ] as const) {
    if (tells(name)) replacements.push([new RegExp(String.raw`(?<![\w-])${escaped(name)}(?![\w-])`, flags), stand]);
  }
  return (text) => replacements.reduce((left, [pattern, stand]) => left.replace(pattern, () => stand), text);
}
