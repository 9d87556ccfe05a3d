/** Reads fixture files: JSON Lines, or a list in YAML. Every fault is told by its line and column, all at once. */
import { readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { displayName } from "../dataset/find-files.js";
import { errorMessage, PavlovError, type ErrorLocation } from "../error.js";
import { exampleRow, rowChecker, type RowChecker } from "./check-row.js";
import type { FixtureFile, Fixture } from "./fixture.js";
import type { LocatedRow } from "./located-row.js";
import { readRowLines } from "./row-lines.js";
import { readRowList } from "./row-list.js";
import { toFixture, type FixtureRow } from "./to-fixture.js";

/** Extensions of fixture files, in the order in which they are looked for. */
export const fixtureExtensions: readonly string[] = ["jsonl", "yaml", "yml"];

/** More faults of one file are not told. */
const MOST_PROBLEMS = 20;

/**
 * Reads and checks a fixture file.
 *
 * @throws PavlovError with a line `file:line:column: …` for each fault, with the row's name.
 */
export async function readFixtures(file: string | URL): Promise<FixtureFile> {
  const path = resolve(typeof file === "string" ? file : fileURLToPath(file));
  const shown = displayName(path);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new PavlovError(`The fixture file ${shown} cannot be read: ${errorMessage(cause)}.`, { cause });
  });
  return { file: path, fixtures: await parseFixtures(text, path) };
}

/** As {@link readFixtures}, of a text that was read already. */
export async function parseFixtures(text: string, path: string): Promise<readonly Fixture[]> {
  const shown = displayName(path);
  const rows = await readRows(text, path, shown);
  if (rows.length === 0) {
    throw new PavlovError(`${shown} holds no fixture: write a row such as ${exampleRow}.`, {
      location: { file: path },
    });
  }
  const problems = [...faults(rows, await rowChecker()), ...sharedNames(rows)].sort(
    (one, other) => one.line - other.line || one.column - other.column,
  );
  const [first] = problems;
  if (first) throw located(problems, path, shown);
  return rows.map(({ value, line }) => toFixture(value as FixtureRow, { file: path, line }));
}

/** The rows of a file, not yet checked. */
async function readRows(text: string, path: string, shown: string): Promise<readonly LocatedRow[]> {
  const extension = extname(path).slice(1).toLowerCase();
  if (!fixtureExtensions.includes(extension)) {
    const known = fixtureExtensions.map((each) => `.${each}`).join(", ");
    throw new PavlovError(`${shown} is no fixture file: its name must end in one of ${known}.`);
  }
  return extension === "jsonl" ? readRowLines(text, shown) : readRowList(text, shown);
}

/**
 * The fixture files of a reward in a folder: `fixtures/<reward>.jsonl`, `.yaml` or `.yml`, and `src/<reward>/fixtures.…`
 * where each reward has a folder of its own.
 *
 * @param folder the root of a package, or of a project
 */
export async function findFixtures(folder: string, rewardName: string): Promise<readonly string[]> {
  const candidates = [join("fixtures", rewardName), join("src", rewardName, "fixtures")].flatMap((base) =>
    fixtureExtensions.map((extension) => join(folder, `${base}.${extension}`)),
  );
  const kinds = await Promise.all(candidates.map((path) => stat(path).catch(() => undefined)));
  return candidates.filter((_, index) => kinds[index]?.isFile());
}

interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

function faults(rows: readonly LocatedRow[], check: RowChecker): Fault[] {
  return rows.flatMap((row) =>
    check(row.value).map(({ path, part, message }) => {
      const name = nameGiven(row);
      return { ...row.locate(path, part), message: name === undefined ? message : `fixture "${name}": ${message}` };
    }),
  );
}

function sharedNames(rows: readonly LocatedRow[]): Fault[] {
  const lines = new Map<string, number>();
  return rows.flatMap((row) => {
    const name = nameGiven(row);
    if (name === undefined) return [];
    const earlier = lines.get(name);
    if (earlier === undefined) {
      lines.set(name, row.line);
      return [];
    }
    const message = `the name "${name}" stands in line ${earlier} already: give each fixture a name of its own`;
    return [{ ...row.locate(["name"], "value"), message }];
  });
}

function nameGiven({ value }: LocatedRow): string | undefined {
  const name = (value as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}

function located(problems: readonly Fault[], path: string, shown: string): PavlovError {
  const lines = problems.slice(0, MOST_PROBLEMS).map(({ line, column, message }) => {
    return `${shown}:${line}:${column}: ${message}`;
  });
  if (problems.length > MOST_PROBLEMS) lines.push(`and ${problems.length - MOST_PROBLEMS} more`);
  const [{ line, column } = { line: 1, column: 1 }] = problems;
  const location: ErrorLocation = { file: path, line, column };
  return new PavlovError(lines.join("\n"), { location });
}
