import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose, datasetFromRows, defineReward, use, type Dataset, type Reward } from "@pavlov/core";
import { exactAnswer, thinkAnswer } from "@pavlov/rewards";
import {
  generateText,
  GRPOTrainer,
  loadModel,
  SFTTrainer,
  type GRPOConfigInput,
  type TrainEvent,
} from "@pavlov/trainer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { repository } from "./run-pavlov.test.fixture.js";

const model = join(repository, "models/arithmetic");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-training-"));
});
afterEach(() => rm(folder, { recursive: true }));

const problems: Dataset = datasetFromRows(
  [
    { prompt: "522+768=", answer: "1290" },
    { prompt: "939-666=", answer: "273" },
    { prompt: "100+200=", answer: "300" },
    { prompt: "450-150=", answer: "300" },
  ],
  { name: "problems" },
);

const rewards = compose({ correct: use(exactAnswer), format: use(thinkAnswer, { weight: 0.2 }) });

const config: GRPOConfigInput = {
  numGenerations: 4,
  perDeviceTrainBatchSize: 8,
  maxCompletionLength: 40,
  learningRate: 1e-4,
  maxSteps: 2,
};

interface Trained {
  readonly events: TrainEvent[];
  readonly steps: Extract<TrainEvent, { type: "step" }>[];
  readonly stopped: boolean;
}

const train = async (
  changes: GRPOConfigInput = {},
  options: Partial<ConstructorParameters<typeof GRPOTrainer>[0]> = {},
): Promise<Trained> => {
  const events: TrainEvent[] = [];
  const trainer = new GRPOTrainer({
    ...{ model, rewards, dataset: problems, onEvent: (event) => events.push(event) },
    ...options,
    config: { ...config, ...changes },
  });
  const { stopped } = await trainer.train();
  return { events, stopped, steps: events.filter((event) => event.type === "step") };
};

const metric = ({ steps }: Trained, step: number, name: string): number | null | undefined =>
  steps[step - 1]?.metrics[name];

describe("GRPOTrainer", () => {
  test("reports its start, its steps and the saved model, and fills the run's folder", async () => {
    const output = join(folder, "run");
    const { events } = await train({}, { output });
    const types = events.map(({ type }) => type).filter((type) => type !== "progress" && type !== "note");
    expect(types).toEqual(["start", "memory", "step", "step", "save", "save"]);
    expect((await readdir(output)).toSorted()).toEqual([
      "checkpoints",
      "completions",
      "config.json",
      "metrics.jsonl",
      "model",
    ]);
    const lines = (await readFile(join(output, "completions/step-000001.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(8);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      prompt: expect.stringMatching(/^\d{3}[+-]\d{3}=$/),
      scores: { correct: expect.any(Number), format: expect.any(Number) },
      reasons: { correct: expect.any(String) },
      advantage: expect.any(Number),
      columns: { answer: expect.any(String) },
    });
    const before = await loadModel(model);
    const after = await loadModel(join(output, "model"));
    expect(after.configJson).toMatchObject({ model_type: "llama", vocab_size: 64 });
    const name = "model.layers.0.mlp.up_proj.weight";
    expect(after.parameters[name]?.data).not.toEqual(before.parameters[name]?.data);
  });

  test("stops after the current step where the signal aborts, and saves what it has", async () => {
    const stopper = new AbortController();
    const output = join(folder, "run");
    const events: TrainEvent[] = [];
    const trained = await train(
      { maxSteps: 50 },
      {
        output,
        signal: stopper.signal,
        onEvent: (event) => {
          events.push(event);
          if (event.type === "progress" && event.step === 2) stopper.abort();
        },
      },
    );
    expect(trained.stopped).toBe(true);
    expect(events.filter(({ type }) => type === "step")).toHaveLength(2);
    expect(await readdir(output)).toContain("model");
  });

  test("evaluates held-out rows and saves checkpoints when told to, and keeps the last of them", async () => {
    const output = join(folder, "run");
    const { events } = await train(
      { maxSteps: 3, evalStrategy: "steps", evalSteps: 2, saveSteps: 1, saveTotalLimit: 1 },
      { output, evalDataset: problems },
    );
    const evaluations = events.filter((event) => event.type === "evaluate");
    expect(evaluations.map(({ step }) => step)).toEqual([2]);
    for (const name of ["eval_rewards/correct/mean", "eval_loss", "eval_entropy", "eval_completions/mean_length"]) {
      expect(evaluations[0]?.metrics[name], name).toEqual(expect.any(Number));
    }
    expect(await readdir(join(output, "checkpoints"))).toEqual(["step-000003"]);
  });

  test("measures KL to the reference, which is 0 before the first update and more after it", async () => {
    const trained = await train({ beta: 0.04, learningRate: 1e-3 });
    expect(metric(trained, 1, "kl")).toBeCloseTo(0, 9);
    expect(metric(trained, 2, "kl")).toBeGreaterThan(1e-6);
  });

  test("trains on one generation batch for several steps with numIterations", async () => {
    const trained = await train({ numIterations: 2, maxSteps: 4, learningRate: 1e-3 });
    const tokens = [1, 2, 3, 4].map((step) => metric(trained, step, "num_tokens"));
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).toBeGreaterThan(tokens[1] ?? Infinity);
    expect(tokens[3]).toBe(tokens[2]);
  });

  test("splits a generation batch over optimizer steps with stepsPerGeneration", async () => {
    const trained = await train({ perDeviceTrainBatchSize: 4, stepsPerGeneration: 4, maxSteps: 4 });
    const lengths = trained.steps.map(({ metrics }) => "completions/mean_length" in metrics);
    expect(lengths).toEqual([true, false, false, false]);
  });

  test.each(["grpo", "bnpo", "dr_grpo", "cispo", "sapo", "luspo", "vespo"] as const)(
    "trains with lossType %s",
    async (lossType) => {
      const trained = await train({ lossType, maxSteps: 1, gradientAccumulationSteps: 2, perDeviceTrainBatchSize: 4 });
      expect(Number.isFinite(metric(trained, 1, "loss"))).toBe(true);
      expect(metric(trained, 1, "grad_norm")).toBeGreaterThan(0);
    },
  );

  test("works with an expression instead of weights", async () => {
    const combined = compose(
      { correct: use(exactAnswer), format: use(thinkAnswer) },
      { combine: "correct + 0.2 * format * (correct > 0)" },
    );
    const trained = await train({ maxSteps: 1 }, { rewards: combined });
    const correct = metric(trained, 1, "rewards/correct/mean") ?? Number.NaN;
    expect(metric(trained, 1, "reward")).toBeLessThanOrEqual(correct * 1.2 + 1e-9);
  });

  const failsOn = (fails: (index: number) => boolean): Reward =>
    defineReward({
      name: "fragile",
      description: "Throws on some completions.",
      range: [0, 1],
      score({ index, completion }) {
        if (fails(index)) throw new Error(`no table for ${index}`);
        return completion.length > 30 ? 1 : 0;
      },
    });

  test("leaves completions out whose reward failed, and counts them", async () => {
    const trained = await train(
      { maxSteps: 1 },
      { rewards: compose({ fragile: use(failsOn((index) => index === 3)) }) },
    );
    expect(metric(trained, 1, "rewards/fragile/errors")).toBe(1);
    expect(metric(trained, 1, "rewards/unscored")).toBeCloseTo(1 / 8, 9);
    expect(trained.events.filter(({ type }) => type === "warning")).toHaveLength(1);
  });

  test("stops where a reward fails on a whole batch, naming reward and error", async () => {
    await expect(train({}, { rewards: compose({ fragile: use(failsOn(() => true)) }) })).rejects.toThrow(
      /fragile.*no table for/s,
    );
  });

  test("gives rewards that compare the completions of one prompt together", async () => {
    const sizes: number[] = [];
    const shortest = defineReward({
      name: "shortest",
      description: "1 for the shortest completion of its group.",
      columns: z.object({ answer: z.string() }),
      range: [0, 1],
      scoreGroup(group) {
        sizes.push(new Set(group.map(({ columns }) => columns.answer)).size, group.length);
        const least = Math.min(...group.map(({ completion }) => completion.length));
        return group.map(({ completion }) => (completion.length === least ? 1 : 0));
      },
    });
    const trained = await train({ maxSteps: 1 }, { rewards: compose({ shortest: use(shortest) }) });
    expect(sizes).toEqual([1, 4, 1, 4]);
    expect(metric(trained, 1, "rewards/shortest/mean")).toBeGreaterThan(0);
  });

  test("passes on what rewards log", async () => {
    const talking = defineReward({
      name: "talking",
      description: "Logs and scores 1.",
      range: [0, 1],
      score(_, { log }) {
        log("scored one");
        return 1;
      },
    });
    const { events } = await train({ maxSteps: 1 }, { rewards: compose({ talking: use(talking) }) });
    expect(events.filter(({ type }) => type === "log")).toHaveLength(8);
    expect(events).toContainEqual({ type: "log", reward: "talking", message: "scored one" });
  });

  test("says so where all rewards are equal, so that nothing can be learnt", async () => {
    const constant = defineReward({
      name: "constant",
      description: "Always 1.",
      range: [0, 1],
      score: () => 1,
    });
    const { events } = await train({}, { rewards: compose({ constant: use(constant) }) });
    const notes = events.filter((event) => event.type === "note");
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ message: expect.stringMatching(/In step 1 .* the same reward/) });
  });

  test("writes the completions of a due step that trains on an earlier batch", async () => {
    const output = join(folder, "run");
    await train({ numIterations: 2, maxSteps: 6, loggingSteps: 4 }, { output });
    const files = await readdir(join(output, "completions"));
    expect(files.toSorted()).toEqual(["step-000001.jsonl", "step-000004.jsonl", "step-000006.jsonl"]);
  });

  test("saves what was trained where an error ends the run, and says where", async () => {
    const output = join(folder, "run");
    const failing = defineReward({
      name: "failing",
      description: "Fails from the third step on.",
      reads: ["step"],
      range: [0, 100],
      score({ completion, step }) {
        if (step === 2) throw new Error("the judge is gone");
        return completion.length;
      },
    });
    const error: unknown = await train({ maxSteps: 5 }, { output, rewards: compose({ failing: use(failing) }) }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      message: expect.stringMatching(/the judge is gone/),
      hint: expect.stringMatching(/model after step 2 is saved in .*step-000002/),
    });
    expect(await readdir(join(output, "checkpoints/step-000002"))).toContain("model.safetensors");
    expect(await readdir(output)).not.toContain("model");
  });

  test("refuses evaluation without held-out rows, and GDPO with an expression, before anything is loaded", () => {
    const make = (changes: GRPOConfigInput, given: Reward = rewards) =>
      new GRPOTrainer({ model, rewards: given, dataset: problems, config: { ...config, ...changes } });
    expect(() => make({ evalStrategy: "steps" })).toThrow("evalStrategy: steps needs held-out rows");
    expect(() => make({ evalOnStart: true })).toThrow("evalOnStart needs held-out rows");
    const combined = compose({ correct: use(exactAnswer) }, { combine: "correct" });
    expect(() => make({ multiObjectiveAggregation: "normalize_then_sum" }, combined)).toThrow(/combine/);
  });

  test("refuses batches that do not fit before anything is loaded", () => {
    expect(
      () => new GRPOTrainer({ model, rewards, dataset: problems, config: { ...config, numGenerations: 3 } }),
    ).toThrow(/numGenerations/);
    expect(() => new GRPOTrainer({ model, rewards, dataset: { ...problems, rows: [] }, config })).toThrow(/empty/);
  });
});

describe("generateText", () => {
  const prompts = ["522+768="];

  test("completes within what the context leaves, where nobody says how many tokens", async () => {
    const { completions } = await generateText({ model, prompts, config: { numGenerations: 2 } });
    expect(completions.map(({ prompt, finishReason }) => [prompt, finishReason])).toEqual([
      ["522+768=", "stop"],
      ["522+768=", "stop"],
    ]);
  });

  test("refuses a length that the context cannot hold", async () => {
    await expect(generateText({ model, prompts, config: { maxCompletionLength: 500 } })).rejects.toThrow(
      "leaves 120 of the context's 128",
    );
  });
});

describe("SFTTrainer", () => {
  test("lowers the loss on its demonstrations and saves a model in Hugging Face layout", async () => {
    const demonstrations = datasetFromRows(
      Array.from({ length: 8 }, (_, index) => ({ prompt: `${100 + index}+200=`, completion: `${300 + index}` })),
      { name: "demonstrations" },
    );
    const losses: number[] = [];
    const result = await new SFTTrainer({
      model,
      dataset: demonstrations,
      output: join(folder, "sft"),
      config: { maxSteps: 8, perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 2, learningRate: 1e-3 },
      onEvent: (event) => {
        if (event.type === "step") losses.push(event.metrics["loss"] ?? Number.NaN);
      },
    }).train();
    expect(result.steps).toBe(8);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(await readdir(join(folder, "sft/model"))).toContain("tokenizer.json");
  });

  test("names the row that has no completion", async () => {
    await expect(new SFTTrainer({ model, dataset: problems }).train()).rejects.toThrow(/problems:1 has no completion/);
  });
});
