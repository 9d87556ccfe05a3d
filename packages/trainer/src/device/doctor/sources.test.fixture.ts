/** A machine for tests: its files and what its programs print. */
import type { Sources } from "./sources.js";

export interface Recorded {
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
  readonly env?: Sources["env"];
  /** Texts by their paths. Folders are what paths have in common. */
  readonly files?: Readonly<Record<string, string>>;
  /** What programs print, by their command lines; `hung` for one that never ends. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Files that may not be used, and the groups that own them. */
  readonly forbidden?: Readonly<Record<string, number>>;
}

/** The sources of a recorded machine: Linux on x64 where nothing else is said. */
export function recorded(machine: Recorded = {}): Sources {
  const { files = {}, programs = {}, forbidden = {} } = machine;
  const paths = Object.keys(files);
  return {
    platform: machine.platform ?? "linux",
    arch: machine.arch ?? "x64",
    env: machine.env ?? {},
    read: async (path) => files[path] ?? null,
    list: async (folder) => {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0] as string))];
    },
    exists: async (path) => paths.some((other) => other === path || other.startsWith(`${path}/`)),
    mayUse: async (path) => path in files && !(path in forbidden),
    groupOf: async (path) => forbidden[path] ?? null,
    run: async (program, args) => {
      const output = programs[[program, ...args].join(" ")];
      if (output === "hung") return { end: "hung" };
      return output === undefined ? { end: "absent" } : { end: "exited", code: 0, output };
    },
  };
}
