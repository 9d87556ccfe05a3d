/** Where the dynamic linker of Linux finds a library: its cache, the usual folders, LD_LIBRARY_PATH. */
import { join } from "node:path/posix";
import type { Sources } from "./sources.js";

/** How `ldconfig -p` marks libraries of an architecture. */
const marks: Readonly<Record<string, string>> = { x64: "x86-64", arm64: "AArch64" };

const triplets: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

/** The path of a library of this architecture, `libvulkan.so.1`; null where there is none. */
export async function findLibrary(name: string, sources: Sources): Promise<string | null> {
  const { arch, env, run, exists } = sources;
  const named = (env["LD_LIBRARY_PATH"] ?? "").split(":").filter(Boolean);
  for (const folder of named) if (await exists(join(folder, name))) return join(folder, name);
  // Its folder is not in the PATH of every user.
  for (const program of ["/sbin/ldconfig", "ldconfig"]) {
    const listed = await run(program, ["-p"]);
    if (listed.end !== "exited") continue;
    for (const line of listed.output.split("\n")) {
      const [, found, kind, path] = /^\s*(\S+) \(([^)]*)\) => (\S+)$/.exec(line) ?? [];
      if (found === name && path !== undefined && (kind as string).includes(marks[arch] ?? "")) return path;
    }
    break;
  }
  const usual = [`/usr/lib/${triplets[arch]}`, "/usr/lib64", "/usr/lib", "/usr/local/lib", "/run/opengl-driver/lib"];
  for (const folder of usual) if (await exists(join(folder, name))) return join(folder, name);
  return null;
}
