/**
 * What decides a run's numbers, as a checkpoint remembers it: a run goes on only with the same model, data, rewards
 * and options, since anything else would be another run under the same name.
 */
import { createHash } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { PavlovError, type Dataset, type RewardsRecord } from "@pavlov/core";
import { createYielder } from "./event-loop.js";

/** Bytes at each end of a model's file that its fingerprint looks at. */
const EDGE = 2 ** 20;

/** Files of a model's folder that decide what it computes. */
const MODEL_FILE =
  /\.safetensors$|^(?:config|adapter_config|generation_config|tokenizer|tokenizer_config)\.json$|^chat_template\./;

/** What it was called, and a checksum of what it held. */
export interface Content {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Names, sizes and both ends of a model's files: enough to tell one model from another without reading gigabytes.
 * @param folder in Hugging Face layout.
 */
export const modelContent = async (folder: string): Promise<Content> => {
  const hash = createHash("sha256");
  // Loading the model says better than this what is wrong with a folder.
  for (const name of (await readdir(folder).catch((): string[] => []))
    .filter((file) => MODEL_FILE.test(file))
    .toSorted()) {
    const file = await open(join(folder, name), "r");
    try {
      const { size } = await file.stat();
      hash.update(JSON.stringify([name, size]));
      const edge = Buffer.alloc(Math.min(EDGE, size));
      for (const position of [0, size - edge.length]) {
        await file.read(edge, 0, edge.length, position);
        hash.update(edge);
      }
    } finally {
      await file.close();
    }
  }
  return { name: basename(folder), sha256: hash.digest("hex") };
};

/** Prompts, completions and columns of every row, in order. */
export const datasetContent = async ({ name, rows }: Dataset): Promise<Content & { readonly rows: number }> => {
  const hash = createHash("sha256");
  const giveWay = createYielder();
  for (const { prompt, completion, columns } of rows) {
    hash.update(JSON.stringify([prompt, completion ?? null, columns]));
    await giveWay();
  }
  return { name: basename(name), rows: rows.length, sha256: hash.digest("hex") };
};

/**
 * The code of rewards by their names, those of nested composites as `quality/format`: the package with its version, or
 * the user's own file, and the hash of what is in it. Rewards that are defined inline have none.
 */
export const rewardCode = ({ parts }: RewardsRecord): Readonly<Record<string, Content>> => {
  const code: Record<string, Content> = {};
  for (const [name, part] of Object.entries(parts)) {
    const { package: from, version, file = "", integrity } = part;
    const place = from === undefined ? basename(file) : `${from}@${String(version)}`;
    if (integrity !== undefined) code[name] = { name: place, sha256: integrity };
    if (part.parts === undefined) continue;
    for (const [inner, content] of Object.entries(rewardCode({ parts: part.parts })))
      code[`${name}/${inner}`] = content;
  }
  return code;
};

/** The settings of rewards, without what {@link rewardCode} says. */
export const rewardSettings = ({ parts, combine }: RewardsRecord): object => ({
  parts: Object.fromEntries(
    Object.entries(parts).map(([name, { reward, weight, columns, params, ...rest }]) => [
      name,
      { reward, weight, columns, params, ...(rest.parts ? rewardSettings({ ...rest, parts: rest.parts }) : {}) },
    ]),
  ),
  ...(combine === undefined ? {} : { combine }),
});

/** Options that may change between the parts of a run: its length, what is looked at and kept, the memory it takes. */
const FREE_OPTIONS: ReadonlySet<string> = new Set([
  ...["maxSteps", "numTrainEpochs", "loggingSteps", "logCompletions", "evalStrategy", "evalSteps", "evalDelay"],
  ...["evalOnStart", "numGenerationsEval", "perDeviceEvalBatchSize", "gradientCheckpointing"],
  ...["saveStrategy", "saveSteps", "saveTotalLimit", "saveOnlyModel"],
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** Where two JSON values differ: `rewards.parts.correct.weight was 1 and is 2`. */
const differences = (path: string, then: unknown, now: unknown): string[] => {
  if (isObject(then) && isObject(now)) {
    // A checksum explains nothing, and a name alone changes nothing.
    if ("sha256" in then || "sha256" in now) return contentDifference(path, then, now);
    const names = new Set([...Object.keys(then), ...Object.keys(now)]);
    return [...names].flatMap((name) => differences(path === "" ? name : `${path}.${name}`, then[name], now[name]));
  }
  return JSON.stringify(then) === JSON.stringify(now) ? [] : [`${path} was ${shown(then)} and is ${shown(now)}`];
};

const contentDifference = (path: string, then: Record<string, unknown>, now: Record<string, unknown>): string[] => {
  if (then["sha256"] === now["sha256"]) return [];
  const describe = ({ name, rows }: Record<string, unknown>): string =>
    `${String(name)}${rows === undefined ? "" : ` (${String(rows)} rows)`}`;
  const [before, after] = [describe(then), describe(now)];
  return [
    before === after
      ? `${path} is ${after} as before, but holds something else`
      : `${path} was ${before} and is ${after}`,
  ];
};

/** What of a fingerprint is compared. Options that only one of the two knows come from another version of Pavlov. */
const compared = (given: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): unknown => {
  const [options, others] = [given["train"], other["train"]];
  if (!isObject(options) || !isObject(others)) return given;
  const kept = Object.entries(options).filter(([name]) => !FREE_OPTIONS.has(name) && Object.hasOwn(others, name));
  return { ...given, train: Object.fromEntries(kept) };
};

/** A fingerprint as JSON gives it back. */
export const asFingerprint = (value: object): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/** How a run differs from the one that a checkpoint was saved in, one clause for each difference. */
export const changesSince = (
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): readonly string[] => differences("", compared(then, now), compared(now, then));

/** @throws PavlovError that lists what differs. */
export const checkFingerprint = (
  path: string,
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void => {
  const changes = changesSince(then, now);
  if (changes.length === 0) return;
  // A model of the hub lies in a folder that is named after its commit.
  const began = /^model was ([0-9a-f]{40}) and is/.exec(
    changes.find((change) => change.startsWith("model ")) ?? "",
  )?.[1];
  const moved =
    began === undefined ? "" : `The model's branch has moved: --revision ${began} takes what the run began with. `;
  throw new PavlovError(`The run has changed since its checkpoint ${path}: ${changes.join("; ")}.`, {
    hint:
      `${moved}Take the changes back, start a new run without --resume, or go on all the same with --force. Only the run's ` +
      "length, evaluation, logging and saving may change freely.",
  });
};
