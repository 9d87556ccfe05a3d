/** Compares two runs' folders bit for bit, but for what a clock decides. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";

/** A line of metrics without those that a clock decides. */
const withoutTimings = (line: string): string => {
  const metrics = Object.entries(JSON.parse(line) as Record<string, unknown>);
  return JSON.stringify(metrics.filter(([name]) => name !== "step_time" && !name.startsWith("time/")));
};

const sha256 = (contents: string | Uint8Array): string => createHash("sha256").update(contents).digest("hex");

/** Of a checkpoint's state what a clock decides; its own checksum depends on them. */
const TIMED: ReadonlySet<string> = new Set(["trainSeconds", "tokensPerSecond", "checksum"]);

const stateWithoutTimings = (text: string): string =>
  JSON.stringify(JSON.parse(text, (name, value: unknown) => (TIMED.has(name) ? undefined : value)));

/** What a file must have in common with the same file of another run. */
const essenceOf = async (folder: string, path: string): Promise<string> => {
  const contents = await readFile(path);
  const name = relative(folder, path);
  if (name === "metrics.jsonl") return sha256(contents.toString().trimEnd().split("\n").map(withoutTimings).join("\n"));
  if (basename(name) === "state.json") return sha256(stateWithoutTimings(contents.toString()));
  // It tells seconds and the folder's name, and rates that follow from the weights.
  if (name === "result.json") return "";
  return sha256(contents);
};

const filesOf = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : []));
};

export interface Comparison {
  /** Files that agree. */
  readonly same: readonly string[];
  /** One sentence for each difference. */
  readonly differences: readonly string[];
  /** Lines of metrics in the first run. */
  readonly lines: number;
}

/**
 * Every file of both runs: metrics line by line, completions, weights, the optimizer's state, generation batches.
 * A file that only one run has is a difference, and so is a temporary one.
 */
export const compareRuns = async (first: string, second: string): Promise<Comparison> => {
  const names = [...new Set([...(await filesOf(first)), ...(await filesOf(second))])].toSorted();
  const same: string[] = [];
  const differences: string[] = [];
  for (const name of names) {
    const [one, other] = await Promise.all(
      [first, second].map((folder) => essenceOf(folder, join(folder, name)).catch(() => undefined)),
    );
    if (one === undefined || other === undefined) {
      differences.push(`${name} is only in ${one === undefined ? second : first}`);
    } else if (one === other) {
      same.push(name);
    } else {
      differences.push(`${name} differs`);
    }
  }
  const lines = (await readFile(join(first, "metrics.jsonl"), "utf8")).trimEnd().split("\n").length;
  return { same, differences, lines };
};
