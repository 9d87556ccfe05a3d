/** Reads completions to score: JSON lines with a `completion`, the columns that the rewards read and, if any, a prompt. */
import { readFile } from "node:fs/promises";
import { datasetFromRows, errorMessage, PavlovError, type Dataset, type ScorerSample } from "@pavlov/core";
import type { DatasetConfig } from "@pavlov/core/config";
import { shownPath } from "./terminal/sections.js";

/** The rows as a dataset, so that their columns can be checked. Prompts are made as the config's dataset makes them. */
export async function readCompletions(
  path: string,
  { prompt, template, system, messages }: DatasetConfig,
): Promise<Dataset> {
  const name = shownPath(path);
  const rows = parseRows(await readText(path, name), name);
  if (rows.length === 0) throw new PavlovError(`${name} has no completions.`);
  rows.forEach(({ completion }, index) => {
    if (typeof completion === "string") return;
    const found = completion === undefined ? "has none" : `has ${JSON.stringify(completion)}`;
    throw new PavlovError(`${name}:${index + 1}: a row needs a "completion" that is text; this one ${found}.`);
  });
  const columnNames = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const column = messages ?? prompt ?? "prompt";
  if (template !== undefined || columnNames.includes(column)) {
    return datasetFromRows(rows, { name, system, prompt, template, messages });
  }
  const withoutPrompt = rows.map((columns, index) => ({
    prompt: "",
    columns,
    location: { file: name, line: index + 1 },
  }));
  return { name, columnNames, rows: withoutPrompt };
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = missing ? "there is no such file" : errorMessage(cause);
    throw new PavlovError(`Cannot read completions from ${name}: ${why}.`, { cause });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Rows by line. Those of a run's `completions/` hold the dataset's columns in `columns`. */
function parseRows(text: string, name: string): Record<string, unknown>[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .trimEnd()
    .split(/\r?\n/);
  if (lines.length === 1 && lines[0] === "") return [];
  return lines.map((line, index) => {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (cause) {
      throw new PavlovError(`${name}:${index + 1}: not valid JSON: ${errorMessage(cause)}`, { cause });
    }
    if (isObject(row)) return isObject(row["columns"]) ? { ...row["columns"], ...row } : row;
    throw new PavlovError(`${name}:${index + 1}: a row must be an object such as {"completion": "…"}.`);
  });
}

/** One sample for each row. Rows of one prompt are a group; without prompts every row is a group of its own. */
export function samplesOf({ rows }: Dataset): ScorerSample[] {
  const groups = new Map<string, string>();
  return rows.map(({ prompt, columns }, index) => {
    const key = prompt === "" ? `row ${index}` : JSON.stringify(prompt);
    const groupId = groups.get(key) ?? String(groups.size);
    groups.set(key, groupId);
    return {
      completion: String(columns["completion"]),
      row: columns,
      groupId,
      ...promptOf(prompt),
      ...finish(columns),
    };
  });
}

/** The prompt as text and as messages; nothing where the file has none, so that a reward that reads it says so. */
function promptOf(prompt: Dataset["rows"][number]["prompt"]): Pick<ScorerSample, "prompt" | "messages"> {
  if (prompt === "") return {};
  if (typeof prompt === "string") return { prompt, messages: [{ role: "user", content: prompt }] };
  return { prompt: prompt.map(({ content }) => content).join("\n"), messages: prompt };
}

/** What a row of a run's own completions says beside its text. */
function finish({
  finishReason,
  tokenIds,
}: Readonly<Record<string, unknown>>): Pick<ScorerSample, "finishReason" | "tokenIds"> {
  const isIds = Array.isArray(tokenIds) && tokenIds.every((id) => Number.isInteger(id));
  return {
    ...(finishReason === "length" || finishReason === "stop" ? { finishReason } : {}),
    ...(isIds ? { tokenIds: tokenIds as readonly number[] } : {}),
  };
}
