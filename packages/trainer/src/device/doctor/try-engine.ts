/** Tries one engine in a process of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Engines that are tried so; WebGPU has a probe of its own, which `device: auto` asks too. */
export type TriedEngine = "cpu" | "cuda" | "tfjs-node-gpu";

/** Billions of floating-point operations a second, or why it does not work and what to do. */
export type Trial =
  | { readonly works: true; readonly speed: number }
  | { readonly works: false; readonly reason: string; readonly hint?: string };

/** Milliseconds after which a driver is taken for hung. */
const patience = 60_000;

const MOST_OUTPUT = 2 ** 24;

/** Where the process begins: always the built file, also when this file runs from its source in a test. */
const entry = (): string => fileURLToPath(import.meta.resolve("@pavlov/trainer/engine-probe"));

type Ended = { readonly killed?: boolean; readonly signal?: unknown; readonly code?: unknown } | null;

/** Why a process ended without a word. */
function endOf(error: Ended): Trial {
  if (error?.killed === true) return { works: false, reason: `it hangs (${patience / 1000} seconds)` };
  const how = error?.signal ?? (error === null ? "no word" : `exit code ${error.code}`);
  const reason = `it ends the process (${how})`;
  if (how !== "SIGILL") return { works: false, reason };
  const hint = "use a machine with a newer processor";
  return { works: false, reason: `${reason}: this processor lacks instructions that it needs`, hint };
}

/** Computes a matrix product with the engine and looks at its numbers. */
export function tryEngineApart(engine: TriedEngine): Promise<Trial> {
  const options = { timeout: patience, killSignal: "SIGKILL", maxBuffer: MOST_OUTPUT, windowsHide: true } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [entry(), engine], options, (error, output) => {
      const line = output.split("\n").find((text) => text.startsWith('{"works":'));
      resolve(line === undefined ? endOf(error) : (JSON.parse(line) as Trial));
    });
  });
}
