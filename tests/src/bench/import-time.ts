/** What importing `@pavlov/core` adds to the start of a process: a fresh one that does, against one that does nothing. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./measurement.js";

/** Starts of each kind, taken in turns, so that both meet the same noise. */
const STARTS = 21;
const folder = fileURLToPath(new URL("../../", import.meta.url));

/** What a process is started with. */
const programs: Readonly<Record<string, string>> = {
  nothing: "0",
  core: 'import "@pavlov/core"',
  "core and zod": 'import "@pavlov/core"; import "zod"',
  testing: 'import "@pavlov/core/testing"',
};

/** Milliseconds of one start. */
interface Start {
  readonly wall: number;
  /** Of the processor, of all threads: it does not grow with what else the machine does. */
  readonly processor: number;
}

/**
 * What each import adds to an empty process, by the least of {@link STARTS} starts. The bar is on the processor's time:
 * others may use the machine too.
 */
export async function measureImport(): Promise<Measurement[]> {
  const starts = new Map<string, Start[]>(Object.keys(programs).map((name) => [name, []]));
  for (let start = 0; start <= STARTS; start++) {
    for (const [name, program] of Object.entries(programs)) {
      const took = timeOf(program);
      // The first of each fills the file system's cache.
      if (start > 0) starts.get(name)?.push(took);
    }
  }
  const of = (name: string, which: keyof Start) => (starts.get(name) ?? []).map((start) => start[which]);
  return [
    { name: "node -e 0, processor, least", value: Math.min(...of("nothing", "processor")), unit: "ms" },
    { name: "node -e 0, wall, least", value: Math.min(...of("nothing", "wall")), unit: "ms" },
    ...Object.keys(programs).flatMap((name): Measurement[] => {
      if (name === "nothing") return [];
      const bar = name === "core" ? { atMost: 80 } : {};
      const processor = Math.min(...of(name, "processor")) - Math.min(...of("nothing", "processor"));
      const wall = Math.min(...of(name, "wall")) - Math.min(...of("nothing", "wall"));
      return [
        { name: `import of ${name}, processor, least`, value: processor, unit: "ms", ...bar },
        { name: `import of ${name}, wall, least`, value: wall, unit: "ms" },
      ];
    }),
  ];
}

function timeOf(program: string): Start {
  const report = "const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)";
  const start = performance.now();
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `${program}; process.on("exit", () => { ${report}; })`],
    { cwd: folder, encoding: "utf8" },
  );
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`A process that runs ${program} ended with ${status}.`);
  return { wall, processor: Number(stdout) };
}
