import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import type { PresetPart } from "../registry/registry.js";
import type { Reward } from "../reward.js";
import { composeFromConfig } from "./compose-from-config.js";
import { loadConfig } from "./load-config.js";
import { combineSchema, rewardsSchema } from "./schemas.js";

const length: Reward = defineReward({
  name: "length",
  description: "Number of characters, up to a limit.",
  params: z.object({ limit: z.number().default(10), unit: z.string().optional() }),
  range: [0, null],
  score: ({ completion }, { params }) => Math.min(completion.length, params.limit),
});
const math: Reward = defineReward({
  name: "math",
  description: "1 if the completion is the answer.",
  columns: z.object({ answer: z.string() }),
  range: [0, 1],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});
const source = { module: "file:///rewards.js", exportName: "length" };
const resolve = (reference: string) => {
  if (reference === "length") return { reward: length, source };
  if (reference === "math") return { reward: math };
  throw new PavlovError(`No reward is called "${reference}".`, { hint: "There are length and math." });
};

const presets: Readonly<Record<string, readonly PresetPart[]>> = {
  "texts/short-and-right": [
    { name: "is-right", use: "math", weight: 2, columns: { answer: "solution" } },
    { name: "length", use: "length", params: { limit: 4 } },
  ],
  "texts/long": [{ name: "length", use: "length" }],
  "texts/stale": [{ name: "length", use: "length", params: { limitt: 4 } }],
};
const preset = (reference: string): readonly PresetPart[] => {
  const found = presets[reference];
  if (found) return found;
  throw new PavlovError(`There is no preset "${reference}".`, { hint: "There is texts/long." });
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-compose-"));
});
afterAll(() => rm(folder, { recursive: true }));

const schema = z.strictObject({ rewards: rewardsSchema, combine: combineSchema.optional() });
async function composite(text: string) {
  await writeFile(join(folder, "c.yaml"), text);
  const loaded = await loadConfig({ path: "c.yaml", schema, workingDirectory: folder });
  return composeFromConfig(loaded.value, resolve, loaded, preset);
}
async function problems(text: string): Promise<string[]> {
  const error: unknown = await composite(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(PavlovError.isInstance(error)).toBe(true);
  return (error as PavlovError).message.replaceAll(`${folder}/`, "").split("\n");
}

test("the config's rewards become a composite with their weights, mappings, params and policies", async () => {
  const made = await composite(`rewards:
  size: { use: length, weight: 0.5, params: { limit: 4 }, timeout: 100, onError: { score: 0 } }
  correct: { use: math, columns: { answer: solution } }
`);
  expect(made.parts["size"]).toEqual({
    reward: length,
    weight: 0.5,
    columns: {},
    params: { limit: 4 },
    timeout: 100,
    onError: { score: 0 },
    source,
  });
  expect(made.parts["correct"]).toEqual({ reward: math, weight: 1, columns: { answer: "solution" }, params: {} });
  expect(made.total({ size: 4, correct: 1 })).toBe(3);
});

test("an expression combines them, and a reward may be given itself", async () => {
  const made = await composeFromConfig(
    { rewards: { size: { use: length }, correct: { use: math } }, combine: "correct * (1 + size)" },
    resolve,
  );
  expect(made.total({ size: 4, correct: 1 })).toBe(5);
});

test("every reward that is wrong is named at the option that is wrong", async () => {
  expect(
    await problems(`rewards:
  one: { use: lenght }
  two:
    use: length
    params:
      limit: 3
      unt: words
  three: { use: math, columns: { anser: solution } }
  four: { use: length, params: { limit: many } }
  five: { use: length }
`),
  ).toEqual([
    'c.yaml:2:15: Reward "one": No reward is called "lenght". There are length and math.',
    expect.stringMatching(/^c\.yaml:7:7: Reward "two" \(length\): it has no param "unt"/),
    expect.stringMatching(/^c\.yaml:8:34: Reward "three" \(math\): it maps the column "anser"/),
    expect.stringMatching(/^c\.yaml:9:34: Reward "four" \(length\): the param "limit"/),
  ]);
});

test("every option of one reward that is wrong is named where it stands", async () => {
  expect(
    await problems(`rewards:
  correct:
    use: math
    columns:
      anser: solution
      answre: result
  size:
    use: length
    params:
      limitt: 4
      limit: many
      unit: 3
`),
  ).toEqual([
    expect.stringMatching(
      /^c\.yaml:5:7: Reward "correct" \(math\): it maps the column "anser".* Did you mean "answer"\?$/,
    ),
    expect.stringMatching(
      /^c\.yaml:6:7: Reward "correct" \(math\): it maps the column "answre".* Did you mean "answer"\?$/,
    ),
    expect.stringMatching(/^c\.yaml:10:7: Reward "size" \(length\): it has no param "limitt".* Did you mean "limit"\?/),
    expect.stringMatching(/^c\.yaml:11:7: Reward "size" \(length\): the param "limit" is "many": .*\.$/),
    expect.stringMatching(/^c\.yaml:12:7: Reward "size" \(length\): the param "unit" is 3: .*\.$/),
  ]);
});

test("a secret that was written into a config is not repeated", async () => {
  const [unknown, header] = await problems(`rewards:
  one: { use: length, params: { apiKey: a-secret } }
  two: { use: length, params: { limit: "Bearer a-secret" } }
`);
  expect(unknown).toMatch(/c\.yaml:2:33: .*it has no param "apiKey" \(given "\[hidden\]"\)/);
  expect(header).toMatch(/the param "limit" is "Bearer \[hidden\]"/);
  const set = loadConfig({ path: "c.yaml", schema, workingDirectory: folder, overrides: ["rewards.token=a-secret"] });
  await expect(set).rejects.toThrow(
    /^--set rewards\.token=\[hidden\]: rewards\.token must be a mapping.* not the text "\[hidden\]"/,
  );
});

test("a weight beside an expression, and a wrong expression, are named where they stand", async () => {
  const text = "rewards:\n  size: { use: length, weight: 2 }\n  correct: { use: math }\ncombine: correct + sise\n";
  expect(await problems(text)).toEqual([
    expect.stringMatching(/^c\.yaml:2:24: .*the weight 2 cannot be used together/),
  ]);
  expect(await problems(text.replace(", weight: 2", ""))).toEqual([
    expect.stringMatching(/^c\.yaml:4:1: .*sise.*Did you mean "size"\?/),
  ]);
});

test("an exception while a reward is being found is an error that names the reward", async () => {
  const broken = () => {
    throw new TypeError("a bug");
  };
  await expect(composeFromConfig({ rewards: { a: { use: "x" } } }, broken)).rejects.toThrow('Reward "a": a bug');
});

test("a preset's rewards come under their own names, and the config's own take the places of those", async () => {
  const made = await composite("rewards: { $preset: texts/short-and-right, length: { use: length, weight: 0.1 } }\n");
  expect(Object.keys(made.parts)).toEqual(["isRight", "length"]);
  expect(made.parts["isRight"]).toMatchObject({ reward: { name: "math" }, weight: 2, columns: { answer: "solution" } });
  expect(made.parts["length"]).toMatchObject({ weight: 0.1, params: { limit: 10 } });
});

test("a preset's weights give way to an expression", async () => {
  const made = await composite("rewards: { $preset: [texts/short-and-right] }\ncombine: isRight - 0.1 * length\n");
  expect(Object.keys(made.parts)).toEqual(["isRight", "length"]);
});

test("what is wrong with a preset is said at its line", async () => {
  expect(await problems("rewards:\n  $preset: texts/lonk\n")).toEqual([
    'c.yaml:2:12: There is no preset "texts/lonk".',
  ]);
  expect(await problems("rewards:\n  $preset: 3\n")).toEqual([
    "c.yaml:2:12: rewards.$preset must be text or a list, not 3",
  ]);
  expect(await problems("rewards:\n  $preset: texts/stale\n")).toEqual([
    expect.stringMatching(/^c\.yaml:2:3: .*limitt/),
  ]);
  expect(await problems("rewards:\n  $preset: [texts/short-and-right, texts/long]\n")).toEqual([
    "c.yaml:2:12: The presets texts/short-and-right and texts/long both have a reward that is called length here.",
  ]);
  expect(
    await composite("rewards:\n  $preset: [texts/short-and-right, texts/long]\n  length: { use: length }\n"),
  ).toBeDefined();
});
