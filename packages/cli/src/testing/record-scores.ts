/** `pavlov test --update`: what rewards give becomes what their fixtures expect, after it was shown and agreed to. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { changesOf, updateFixtures, type FixtureChange } from "@pavlov/core/testing";
import type { RewardOutcome } from "./run-tests.js";

/** The changes of one fixture file. */
export interface FileChanges {
  /** Absolute path. */
  readonly file: string;
  readonly changes: readonly FixtureChange[];
}

/** What would make the fixtures that failed pass, by file. */
export function changesByFile(outcomes: readonly RewardOutcome[]): readonly FileChanges[] {
  const files = new Map<string, FixtureChange[]>();
  for (const { result, file, row } of outcomes.flatMap(({ fixtures }) => fixtures)) {
    const changes = changesOf(result, row);
    if (changes.length === 0) continue;
    const known = files.get(file);
    if (known) known.push(...changes);
    else files.set(file, [...changes]);
  }
  return [...files].map(([file, changes]) => ({ file, changes }));
}

/** Writes a fixture file anew: whole, or not at all. */
export async function writeChanges({ file, changes }: FileChanges): Promise<void> {
  const text = await updateFixtures(await readFile(file, "utf8"), file, changes);
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
