import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasetFromRows, defineReward } from "@pavlov/core";
import { generateText, GRPOTrainer, loadModel, type GRPOConfigInput, type GRPOTrainerOptions } from "@pavlov/trainer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository, runPavlov, runPavlovHere } from "./run-pavlov.test.fixture.js";

const model = join(repository, "models/arithmetic");
const prompts = ["522+768=", "939-666="];

const config: GRPOConfigInput = {
  numGenerations: 4,
  perDeviceTrainBatchSize: 8,
  maxCompletionLength: 30,
  learningRate: 3e-3,
  maxSteps: 3,
  beta: 0.05,
  saveSteps: 2,
  lora: { rank: 4, alpha: 8, targetModules: ["q_proj", "v_proj", "down_proj"] },
};

/** Differs from completion to completion, so that every group has advantages. */
const digits = defineReward({
  name: "digits",
  description: "The sum of the digits.",
  range: [0, null],
  score: ({ completion }) => [...completion.matchAll(/\d/g)].reduce((sum, [digit]) => sum + Number(digit), 0),
});

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-adapter-runs-"));
  run = join(folder, "run");
  await train({ output: run });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const train = async (options: Partial<GRPOTrainerOptions>, changes: GRPOConfigInput = {}): Promise<void> => {
  const problems = prompts.map((prompt, index) => ({ prompt, answer: index === 0 ? "1290" : "273" }));
  const trainer = new GRPOTrainer({
    model,
    rewards: digits,
    dataset: datasetFromRows(problems, { name: "problems" }),
    ...options,
    config: { ...config, ...changes },
  });
  await trainer.train();
};

const adapterIn = (path: string): Promise<Buffer> => readFile(join(path, "adapter_model.safetensors"));

const metricsIn = async (path: string): Promise<Record<string, number | null>[]> =>
  (await readFile(join(path, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number | null>);

const greedy = async (options: { readonly model: string; readonly adapter?: string }): Promise<string[]> => {
  const generation = { ...options, prompts, config: { temperature: 0, maxCompletionLength: 30 } };
  return (await generateText(generation)).completions.map(({ completion }) => completion);
};

describe("a run with LoRA", () => {
  test("writes an adapter alone, in PEFT's layout, that names its base", async () => {
    const settings = JSON.parse(await readFile(join(run, "model/adapter_config.json"), "utf8")) as unknown;
    expect(settings).toMatchObject({
      peft_type: "LORA",
      target_modules: ["q_proj", "v_proj", "down_proj"],
      base_model_name_or_path: model,
    });
    expect((await adapterIn(join(run, "model"))).byteLength).toBeLessThan(100_000);
    await expect(loadModel(join(run, "model"))).rejects.toThrow("config.json");
    const tokenizer = await readFile(join(run, "model/tokenizer.json"), "utf8");
    expect(tokenizer).toBe(await readFile(join(model, "tokenizer.json"), "utf8"));
  });

  test("measures KL against the base, which the adapter leaves step by step", async () => {
    const kl = (await metricsIn(run)).map((metrics) => metrics["kl"] ?? Number.NaN);
    expect(kl[0]).toBeCloseTo(0, 6);
    expect(kl[2]).toBeGreaterThan(1e-5);
  });

  test("goes on from a checkpoint to the same numbers, bit for bit", async () => {
    const cut = join(folder, "cut");
    await cp(run, cut, { recursive: true });
    await rm(join(cut, "model"), { recursive: true });
    await rm(join(cut, "checkpoints/step-000003"), { recursive: true, force: true });
    await train({ output: cut, resumeFrom: true });
    expect((await adapterIn(join(cut, "model"))).equals(await adapterIn(join(run, "model")))).toBe(true);
    const [ours, theirs] = [await metricsIn(cut), await metricsIn(run)];
    for (const name of ["loss", "kl", "reward", "grad_norm"]) expect(ours.at(-1)?.[name]).toBe(theirs.at(-1)?.[name]);
  });

  test("is gone on with by another run, as the model or as its adapter, with the settings it has", async () => {
    const [first, second] = [join(folder, "as-model"), join(folder, "as-adapter")];
    const adapter = join(run, "model");
    await train({ model: adapter, output: first }, { lora: null });
    await train({ adapter, output: second }, { lora: null });
    const [a, b, before] = [
      await adapterIn(join(first, "model")),
      await adapterIn(join(second, "model")),
      await adapterIn(adapter),
    ];
    expect(a.equals(b)).toBe(true);
    expect(a.equals(before)).toBe(false);
    expect(a.byteLength).toBe(before.byteLength);
    await expect(train({ adapter }, { lora: { rank: 2 } })).rejects.toThrow(
      /lora\.rank is 2, but the adapter .* has 4/,
    );
  });
});

/** What computed, as every command's JSON says. */
const computed = { device: expect.stringMatching(/^(cpu|webgpu)$/), engine: expect.stringMatching(/^onnxruntime/) };

describe("pavlov", () => {
  test("generates with an adapter as with the model that it merges", async () => {
    const merged = join(folder, "merged");
    const ended = await runPavlovHere("merge", join(run, "model"), "--output", merged, "--json");
    expect(ended.stderr).toBe("");
    expect(JSON.parse(ended.stdout)).toMatchObject({ projections: 12, base: model });
    const expected = await greedy({ model: merged });
    expect(await greedy({ model: join(run, "model") })).toEqual(expected);
    expect(await greedy({ model, adapter: join(run, "model") })).toEqual(expected);
    const { stdout } = await runPavlovHere(
      ...["generate", "--model", model, "--adapter", join(run, "model"), "--prompt", prompts[0] as string],
      ...["--temperature", "0", "--max-tokens", "30", "--json"],
    );
    expect(JSON.parse(stdout)).toMatchObject({ completion: expected[0], ...computed });
  });

  test("trains and measures an adapter by its config", async () => {
    const rows = prompts.map((prompt, index) => JSON.stringify({ prompt, answer: index === 0 ? "1290" : "273" }));
    await writeFile(join(folder, "rows.jsonl"), `${rows.join("\n")}\n`);
    const path = join(folder, "adapter.yaml");
    const options = "{ numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 20, maxSteps: 1 }";
    const lines = [
      `model: ${model}`,
      "adapter: run/model",
      "dataset: { path: rows.jsonl }",
      "evalDataset: { path: rows.jsonl }",
      "rewards: { correct: { use: exact-answer } }",
      `train: ${options}`,
      "output: by-config",
    ];
    await writeFile(path, lines.join("\n"));
    const trained = await runPavlov("train", path, "--json");
    expect(trained.stderr).toBe("");
    expect(trained.exitCode).toBe(0);
    const events = trained.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    // 4 layers: rank 4 beside q_proj and v_proj [128, 128] and down_proj [128, 344].
    expect(events.find(({ type }) => type === "start")?.["parameters"]).toBe(4 * 4 * (2 * (128 + 128) + 128 + 344));
    const measured = await runPavlovHere("eval", path, "--model", join(folder, "by-config/model"), "--json");
    expect(measured.stderr).toBe("");
    expect(JSON.parse(measured.stdout)).toMatchObject({ sampled: null, ...computed });
  });

  test.each([
    ["an adapter that is not there", "adapter: ./nowhere", /2:10: There is no adapter folder/],
    [
      "a model in the place of an adapter",
      `adapter: ${model}`,
      /2:10: .* is not an adapter: it has no adapter_config\.json/,
    ],
    ["PEFT's name for an option", "train: { lora: { r: 8 } }", /2:18: r: it is called rank here: rename it/],
    ["TRL's place for the options", "train: { peft_config: { r: 8 } }", /peft_config: it is written lora here/],
    [
      "a target that is none",
      "train: { lora: { targetModules: [qproj] } }",
      /no projection "qproj" .*Did you mean "q_proj"/,
    ],
    ["dropout", "train: { lora: { dropout: 0.1 } }", /dropout must be 0/],
  ])("refuses %s, with the line", async (_, line, message) => {
    const path = join(folder, "bad.yaml");
    const data = join(repository, "examples/quickstart/data/train.jsonl");
    const rewards = "rewards: { correct: { use: exact-answer } }";
    await writeFile(path, [`model: ${model}`, line, `dataset: { path: ${data} }`, rewards, "output: bad"].join("\n"));
    const { exitCode, stderr } = await runPavlovHere("train", path);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });
});
