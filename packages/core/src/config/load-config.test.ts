import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PavlovError } from "../error.js";
import { loadConfig } from "./load-config.js";
import { combineSchema, datasetSchema, rewardsSchema } from "./schemas.js";

const schema = z.strictObject({
  model: z.string(),
  dataset: datasetSchema,
  rewards: rewardsSchema,
  combine: combineSchema.optional(),
  train: z
    .strictObject({
      numGenerations: z.int().min(2).default(8),
      learningRate: z.number().positive().default(1e-6),
      lossType: z.enum(["grpo", "dapo"]).default("dapo"),
      maxSteps: z.int().optional(),
    })
    .prefault({}),
  output: z.string().default("runs"),
});

const good = `model: ./models/tiny
dataset: { path: data/train.jsonl, prompt: question }
rewards:
  format:  { use: think-answer, weight: 0.2 }
  correct: { use: math, columns: { answer: solution } }
train: { learningRate: 1e-5 }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(name: string, text: string, overrides: readonly string[] = []) {
  await writeFile(join(folder, name), text);
  return loadConfig({ path: name, schema, overrides, workingDirectory: folder });
}

/** The error's lines without the temporary folder. */
async function problems(promise: Promise<unknown>): Promise<string[]> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(PavlovError.isInstance(error)).toBe(true);
  return (error as PavlovError).message.replaceAll(`${folder}/`, "").replaceAll(folder, "FOLDER").split("\n");
}

describe("a good config", () => {
  const value = {
    model: "./models/tiny",
    dataset: { path: "data/train.jsonl", prompt: "question" },
    rewards: {
      format: { use: "think-answer", weight: 0.2 },
      correct: { use: "math", columns: { answer: "solution" } },
    },
    train: { numGenerations: 8, learningRate: 1e-5, lossType: "dapo" },
    output: "runs",
  };

  test("is the same in YAML, JSON, TypeScript and JavaScript", async () => {
    const { output: _, train, ...rest } = value;
    const given = { ...rest, train: { learningRate: train.learningRate } };
    const json = JSON.stringify(given, null, 2);
    expect((await load("a.yaml", good)).value).toEqual(value);
    expect((await load("marked.yaml", `\uFEFF${good}`)).value).toEqual(value);
    expect((await load("a.json", `\uFEFF${json}`)).value).toEqual(value);
    expect((await load("a.ts", `const config: object = ${json};\nexport default config;`)).value).toEqual(value);
    expect((await load("a.mjs", `export default ${json};`)).value).toEqual(value);
  });

  test("may give a dataset by its path or id alone, and that of the hub by configuration, split and revision", async () => {
    const rest = "model: x\nrewards: { a: { use: b } }\n";
    expect((await load("d.yaml", `${rest}dataset: openai/gsm8k`)).value.dataset).toEqual({ path: "openai/gsm8k" });
    const options = { path: "openai/gsm8k", config: "main", split: "test", revision: "v1" };
    const given = await load("d.yaml", `${rest}dataset: ${JSON.stringify(options)}`, ["dataset.split=train"]);
    expect(given.value.dataset).toEqual({ ...options, split: "train" });
    expect(await problems(load("d.yaml", `${rest}dataset: { path: a, splt: test }`))).toEqual([
      'd.yaml:3:21: unknown option "splt" in dataset. Did you mean "split"?',
    ]);
    expect(await problems(load("d.yaml", `${rest}dataset: 3`))).toEqual([
      expect.stringMatching(/^d\.yaml:3:10: dataset must be .*, not 3$/),
    ]);
  });

  test("says where it lies and where its keys and values stand", async () => {
    const config = await load("a.yaml", good);
    expect([config.path, config.folder]).toEqual([join(folder, "a.yaml"), folder]);
    const at = (path: (string | number)[], part?: "key" | "value") => {
      const location = config.locate(path, part);
      return [location?.line, location?.column];
    };
    expect(at(["rewards", "correct"])).toEqual([5, 3]);
    expect(at(["rewards", "correct", "columns", "answer"])).toEqual([5, 36]);
    expect(at(["rewards", "correct", "columns", "answer"], "value")).toEqual([5, 44]);
    expect(at(["rewards", "correct", "params", "missing"])).toEqual([5, 3]);
    expect(config.error(["rewards", "format"], "is odd.", { hint: "Mend it." })).toMatchObject({
      message: `${join(folder, "a.yaml")}:4:3: is odd.`,
      hint: "Mend it.",
      location: { file: join(folder, "a.yaml"), line: 4, column: 3 },
    });
  });

  test("may use anchors and merges, and positions follow them", async () => {
    const text = good.replace("format:  {", "format: &shared {").replace("correct: {", "correct: { <<: *shared,");
    const config = await load("merged.yaml", text);
    expect(config.value.rewards["correct"]).toEqual({ use: "math", weight: 0.2, columns: { answer: "solution" } });
    expect(config.locate(["rewards", "correct", "use"])?.line).toBe(5);
  });

  test("is found by its usual name in a folder", async () => {
    await mkdir(join(folder, "project"));
    await writeFile(join(folder, "project/pavlov.config.yaml"), good);
    const named = await loadConfig({ path: "project", schema, workingDirectory: folder });
    const implied = await loadConfig({ schema, workingDirectory: join(folder, "project") });
    expect(implied.path).toBe(join(folder, "project/pavlov.config.yaml"));
    expect(named.path).toBe(implied.path);
  });
});

describe("a mistake is named by file, line and column:", () => {
  test("an unknown key, with the nearest", async () => {
    const text = good.replace("learningRate: 1e-5", "num_generations: 3, other: 1");
    expect(await problems(load("b.yaml", `${text}modell: x\n`))).toEqual([
      'b.yaml:6:10: unknown option "num_generations" in train. Did you mean "numGenerations"?',
      'b.yaml:6:30: unknown option "other" in train. It has: numGenerations, learningRate, lossType, maxSteps',
      'b.yaml:7:1: unknown option "modell". Did you mean "model"?',
    ]);
  });

  test("a wrong value, with what was expected and what was given", async () => {
    const text = good.replace("1e-5", "fast, lossType: dap, numGenerations: 1, maxSteps: 1.5");
    expect(await problems(load("b.yaml", text))).toEqual([
      'b.yaml:6:24: train.learningRate must be a number, not the text "fast"',
      'b.yaml:6:40: train.lossType must be grpo or dapo, not the text "dap". Did you mean "dapo"?',
      "b.yaml:6:61: train.numGenerations must be at least 2, not 1",
      "b.yaml:6:74: train.maxSteps must be a whole number, not 1.5",
    ]);
  });

  test("a wrong option of a reward, whichever of its forms was meant", async () => {
    const text = good
      .replace("use: think-answer", "use: 3, onError: { scor: 1 }, timeout: -1")
      .replace("correct: {", "soft-length: { use: x }\n  correct: { onError: never,");
    expect(await problems(load("b.yaml", text))).toEqual([
      "b.yaml:4:19: rewards.format.use must be text or a reward, not 3",
      "b.yaml:4:22: rewards.format.onError.score is missing; it must be a number",
      'b.yaml:4:33: unknown option "scor" in rewards.format.onError. Did you mean "score"?',
      "b.yaml:4:53: rewards.format.timeout must be more than 0, not -1",
      "b.yaml:5:3: rewards.soft-length: a reward's name has letters, digits and _ and does not begin with a digit",
      'b.yaml:6:23: rewards.correct.onError must be fail or drop or a mapping of options, not the text "never"',
    ]);
  });

  test("a missing option, at what lacks it", async () => {
    const text = good.replace("model: ./models/tiny\n", "").replace("path: data/train.jsonl, ", "");
    expect(await problems(load("b.yaml", text))).toEqual([
      "b.yaml:1:1: model is missing; it must be text",
      "b.yaml:1:1: dataset.path is missing; it must be text or a list",
    ]);
    expect((await problems(load("b.yaml", "")))[0]).toBe("b.yaml:1:1: model is missing; it must be text");
    expect(await problems(load("b.yaml", "hello"))).toEqual([
      'b.yaml:1:1: the config must be a mapping of options, not the text "hello"',
    ]);
  });

  test("no rewards", async () => {
    expect(await problems(load("b.yaml", good.replace(/rewards:[^]*train/, "rewards: {}\ntrain")))).toEqual([
      'b.yaml:3:10: rewards: name at least one reward, for example "format: { use: think-answer }"',
    ]);
  });

  test("YAML's syntax, a repeated key and a forbidden one", async () => {
    expect(await problems(load("b.yaml", `${good}output: [1, 2\n`))).toEqual([
      "b.yaml:8:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ]);
    expect(await problems(load("b.yaml", `${good}model: again\n`))).toEqual([
      "b.yaml:7:1: this key stands twice in one place; remove one of them",
    ]);
    expect(await problems(load("b.yaml", good.replace("format:", "__proto__:")))).toEqual([
      'b.yaml:4:3: the key "__proto__" is not allowed',
    ]);
    expect(await problems(load("b.yaml", good.replace("format:", "constructor:")))).toEqual([
      "b.yaml:4:3: rewards.constructor: this name is JavaScript's own; choose another",
    ]);
  });

  test("JSON's syntax and options", async () => {
    expect(await problems(load("b.json", '{"model": "x",\n "train": 01}'))).toEqual([
      'b.json:2:12: not valid JSON: expected "," at "1"',
    ]);
    const config = { model: "x", dataset: { path: "a" }, rewards: { a: { use: "b" } }, train: { lr: 1 } };
    expect(await problems(load("b.json", JSON.stringify(config, null, 2)))).toEqual([
      'b.json:12:5: unknown option "lr" in train. It has: numGenerations, learningRate, lossType, maxSteps',
    ]);
  });

  test("in a program, by file and option", async () => {
    const text =
      'export default { model: "x", dataset: { path: "a" }, rewards: { a: { use: "b" } }, train: { maxStep: 1 } };';
    expect(await problems(load("b.ts", text))).toEqual([
      'b.ts: unknown option "maxStep" in train. Did you mean "maxSteps"?',
    ]);
    expect(await problems(load("c.ts", "export const config = {};"))).toEqual([
      "Config file c.ts has no default export; write: export default defineConfig({ … })",
    ]);
    expect((await problems(load("d.ts", "throw new Error('no luck');")))[0]).toBe(
      "Cannot load config file d.ts: no luck",
    );
    await writeFile(join(folder, "other.ts"), 'import { size } from "./e.ts"; export default size.toUpperCase();');
    expect(
      await problems(
        load("e.ts", 'import model from "./other.ts"; export const size = "a"; export default { model };'),
      ),
    ).toEqual([
      "Cannot load config file e.ts: Cannot read properties of undefined (reading 'toUpperCase'). " +
        "These files import each other: e.ts → other.ts → e.ts.",
    ]);
  });
});

describe("a config file that is not there", () => {
  test("is an error that lists what was looked for", async () => {
    expect(await problems(loadConfig({ path: "none.yaml", schema, workingDirectory: folder }))).toEqual([
      "Config file none.yaml does not exist (looked for none.yaml)",
    ]);
    await mkdir(join(folder, "empty"));
    expect(await problems(loadConfig({ schema, workingDirectory: join(folder, "empty") }))).toEqual([
      "No config file in empty: looked for pavlov.config.yaml, pavlov.config.yml, pavlov.config.ts, " +
        "pavlov.config.mts, pavlov.config.js, pavlov.config.mjs, pavlov.config.json",
    ]);
    expect(await problems(load("config.toml", ""))).toEqual([
      "Config file config.toml must end in .yaml, .yml, .json, .ts, .mts, .js or .mjs",
    ]);
  });
});

describe("--set", () => {
  test("replaces and adds values, without changing a program's own object", async () => {
    const config = await load("a.yaml", good, [
      "train.learningRate=1e-4",
      "train.lossType=grpo",
      "rewards.correct.weight=0.5",
      "dataset.path=[a.jsonl, b.jsonl]",
      "dataset.path.1=c.jsonl",
      "rewards.fresh.use=length",
      "rewards.fresh.params={ unit: words }",
      "rewards.fresh.params.deep.list=[1]",
      "output=",
    ]);
    expect(config.value.train).toEqual({ numGenerations: 8, learningRate: 1e-4, lossType: "grpo" });
    expect(config.value.rewards["correct"]).toEqual({ use: "math", weight: 0.5, columns: { answer: "solution" } });
    expect(config.value.rewards["fresh"]).toEqual({ use: "length", params: { unit: "words", deep: { list: [1] } } });
    expect(config.value.dataset.path).toEqual(["a.jsonl", "c.jsonl"]);
    expect(config.value.output).toBe("");
    expect(config.locate(["train", "learningRate"])).toBeUndefined();
    expect(config.error(["rewards", "fresh", "params", "unit"], "is odd.").message).toBe(
      "--set rewards.fresh.params={ unit: words }: is odd.",
    );
  });

  test.each([
    ["train.numGeneration=3", 'train has no option "numGeneration". Did you mean "numGenerations"?'],
    ["zzz=3", 'the config has no option "zzz". It has: model, dataset, rewards, combine, train, output'],
    ["lossType=grpo", 'the config has no option "lossType". Did you mean "train.lossType"?'],
    ["max_steps=3", 'the config has no option "max_steps". Did you mean "train.maxSteps"?'],
    ["rewards.corect.weight=1", 'rewards has no "corect". Did you mean "correct"?'],
    ["rewards.correct.wieght=1", 'rewards.correct has no option "wieght". Did you mean "weight"?'],
    ["model.x=1", "model has no options of its own"],
    ["dataset.path.0=x", 'dataset.path is "data/train.jsonl", which has nothing below it'],
    ["train.__proto__.x=1", '"__proto__" cannot be set'],
    ["constructor.x=1", '"constructor" cannot be set'],
    ["train..x=1", "the path has an empty part; write it as train.learningRate"],
    ["train", "expected a path and a value, for example --set train.learningRate=1e-5"],
    ["train.lossType={", "the value is not valid YAML: Flow map must end with a }"],
    ["train.learningRate=fast", 'train.learningRate must be a number, not the text "fast"'],
    ["train=3", "train must be a mapping of options, not 3"],
  ])("%s is an error", async (override, message) => {
    expect(await problems(load("a.yaml", good, [override]))).toEqual([`--set ${override}: ${message}`]);
  });
});

describe("an option in another place than its own", () => {
  const limits = z.strictObject({ limit: z.int().optional(), seed: z.int().default(1) }).prefault({});
  const nested = z.strictObject({
    train: z.strictObject({ rollout: z.strictObject({ precision: z.string().optional() }).prefault({}) }).prefault({}),
    evaluate: limits,
    dataset: limits,
    deep: z.strictObject({ rollout: z.strictObject({ other: z.string().optional() }).prefault({}) }).prefault({}),
    rewards: z.record(z.string(), z.strictObject({ weight: z.number() })).default({}),
  });
  const told = async (text: string, overrides: readonly string[]): Promise<string[]> => {
    await writeFile(join(folder, "nested.yaml"), text);
    return problems(loadConfig({ path: "nested.yaml", schema: nested, overrides, workingDirectory: folder }));
  };

  test("is suggested with what follows it", async () => {
    expect(await told("{}", ["rollout.precision=int8"])).toEqual([
      '--set rollout.precision=int8: the config has no option "rollout". Did you mean "train.rollout.precision"?',
    ]);
    expect((await told("{}", ["train.limit=3"]))[0]).toMatch(
      /train has no option "limit"\. Did you mean "evaluate\.limit" or "dataset\.limit"\?$/,
    );
    // What users name themselves is not looked into.
    expect((await told("{}", ["weight=3"]))[0]).toContain("It has: train, evaluate");
  });

  test("is suggested for keys of the file too", async () => {
    expect(await told("precision: int8", [])).toEqual([
      'nested.yaml:1:1: unknown option "precision". Did you mean "train.rollout.precision"?',
    ]);
  });
});
