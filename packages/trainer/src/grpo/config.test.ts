import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import {
  configWarnings,
  grpoConfigSchema,
  leftOutReason,
  lossOptions,
  vespoCorrectionProblem,
  type GRPOConfig,
  type GRPOConfigInput,
} from "./config.js";

const parse = (input: GRPOConfigInput): GRPOConfig => grpoConfigSchema.parse(input);

/** Messages for an input that may hold anything. */
const messages = (input: unknown): string[] =>
  grpoConfigSchema.safeParse(input).error?.issues.map((issue) => issue.message) ?? [];

test("the defaults are those of TRL 1.16, but that completions are written", () => {
  expect(parse({})).toEqual({
    numGenerations: 8,
    numGenerationsEval: null,
    chatTemplateKwargs: {},
    lora: null,
    gradientCheckpointing: false,
    rollout: { precision: "float32", weights: "auto" },
    minCompletionLength: 0,
    maxCompletionLength: 512,
    perDeviceTrainBatchSize: 8,
    perDeviceEvalBatchSize: 8,
    gradientAccumulationSteps: 1,
    generationBatchSize: null,
    stepsPerGeneration: null,
    shuffleDataset: true,
    seed: 42,
    scaleRewards: "group",
    multiObjectiveAggregation: "sum_then_normalize",
    temperature: 1,
    topP: 1,
    topK: 0,
    minP: null,
    repetitionPenalty: 1,
    beta: 0,
    numIterations: 1,
    epsilon: 0.2,
    epsilonHigh: null,
    delta: null,
    lossType: "dapo",
    importanceSamplingLevel: "token",
    sapoTemperatureNeg: 1.05,
    sapoTemperaturePos: 1,
    vespoKPos: 2,
    vespoLambdaPos: 3,
    vespoKNeg: 3,
    vespoLambdaNeg: 2,
    maskTruncatedCompletions: false,
    topEntropyQuantile: 1,
    entropyCoef: 0,
    useAdaptiveEntropy: false,
    entropyCoefMin: 0,
    entropyCoefMax: 1,
    entropyCoefDelta: 0.005,
    entropyTarget: 0.2,
    offPolicyMaskThreshold: null,
    useBiasCorrectionKl: true,
    syncRefModel: false,
    refModelMixupAlpha: 0.6,
    refModelSyncSteps: 512,
    importanceSamplingCorrection: true,
    importanceSamplingMode: "sequence_mask",
    importanceSamplingClipMax: 3,
    importanceSamplingClipMin: null,
    learningRate: 1e-6,
    lrSchedulerType: "linear",
    lrSchedulerKwargs: {},
    warmupSteps: 0,
    warmupRatio: null,
    weightDecay: 0,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    numTrainEpochs: 3,
    maxSteps: -1,
    loggingSteps: 10,
    logCompletions: true,
    evalStrategy: "no",
    evalSteps: null,
    evalDelay: 0,
    evalOnStart: false,
    saveStrategy: "steps",
    saveSteps: 500,
    saveOnlyModel: false,
    saveTotalLimit: null,
  });
});

test("a resolved config parses to itself", () => {
  const config = parse({ scaleRewards: false, lossType: "cispo", epsilonHigh: 5 });
  expect(parse(config)).toEqual(config);
});

test("every option describes itself in the JSON schema that editors read", () => {
  const schema = z.toJSONSchema(grpoConfigSchema, { io: "input", target: "draft-7" });
  const properties = Object.entries(schema.properties ?? {});
  expect(properties.length).toBe(Object.keys(parse({})).length);
  for (const [name, property] of properties) {
    expect(typeof property === "object" ? property.description : "", name).toMatch(/^[A-Z].{10,}\.$/);
  }
  expect(schema.additionalProperties).toBe(false);
});

test("scaleRewards takes TRL's booleans", () => {
  expect(parse({ scaleRewards: true }).scaleRewards).toBe("group");
  expect(parse({ scaleRewards: false }).scaleRewards).toBe("none");
  expectTypeOf<GRPOConfig["scaleRewards"]>().toEqualTypeOf<"group" | "batch" | "none">();
});

describe("options that the trainer does not have", () => {
  test("are refused with the reason", () => {
    expect(messages({ useVllm: true })).toEqual(["useVllm: generation runs in the engine, not in vLLM: remove it"]);
    expect(messages({ vllmGpuMemoryUtilization: 0.3 })[0]).toContain("generation runs in the engine");
    expect(messages({ rewardWeights: [1] })[0]).toContain("rewards.<name>.weight");
    expect(messages({ nonsense: 1, useLigerKernel: true })).toEqual([
      "unknown option nonsense; useLigerKernel: the engine fuses its own kernels: remove it",
    ]);
  });

  test("are known by TRL's own spelling too, and renamed ones by their new name", () => {
    expect(leftOutReason("use_liger_kernel")).toContain("fuses its own kernels");
    expect(leftOutReason("chat_template_kwargs")).toBeUndefined();
    expect(leftOutReason("vllmImportanceSamplingMode")).toContain("importanceSamplingMode");
    expect(leftOutReason("vllm_importance_sampling_cap")).toContain("importanceSamplingClipMax");
    expect(leftOutReason("ds3_gather_for_generation")).toContain("one device");
    expect(leftOutReason("learningRat")).toBeUndefined();
  });

  test("never include an option that it has", () => {
    for (const option of Object.keys(parse({}))) expect(leftOutReason(option), option).toBeUndefined();
  });
});

describe("impossible combinations", () => {
  test.each<[string, GRPOConfigInput, string]>([
    ["one generation", { numGenerations: 1 }, "numGenerations is 1"],
    ["partial groups", { numGenerations: 3 }, "does not hold whole groups"],
    ["a synchronized reference without KL", { syncRefModel: true }, "needs a reference, which beta 0 leaves out"],
    [
      "crossed bounds",
      { importanceSamplingClipMin: 4 },
      "importanceSamplingClipMin (4) must be less than importanceSamplingClipMax (3)",
    ],
    [
      "truncation without bounds",
      { importanceSamplingMode: "token_truncate", importanceSamplingClipMax: null },
      "token_truncate needs importanceSamplingClipMax or importanceSamplingClipMin",
    ],
    ["crossed coefficients", { entropyCoefMin: 2 }, "entropyCoefMin (2) must not exceed entropyCoefMax (1)"],
    ["two warmups", { warmupSteps: 3, warmupRatio: 0.1 }, "warmupRatio (0.1) and warmupSteps (3)"],
    ["no steps", { maxSteps: 0 }, "maxSteps 0 would train nothing"],
    ["a schedule without its setting", { lrSchedulerType: "cosine_with_min_lr" }, "either minLr or minLrRate"],
    ["a schedule that ends above its start", { lrSchedulerType: "polynomial", learningRate: 1e-8 }, "lrEnd (1e-7)"],
  ])("%s", (_, input, message) => {
    expect(messages(input)).toHaveLength(1);
    expect(messages(input)[0]).toContain(message);
  });

  test.each<[string, GRPOConfigInput]>([
    ["a synchronized reference with KL", { syncRefModel: true, beta: 0.04 }],
    [
      "a truncation mode with its correction off",
      {
        importanceSamplingCorrection: false,
        importanceSamplingMode: "token_truncate",
        importanceSamplingClipMax: null,
      },
    ],
    ["warmup as a ratio", { warmupRatio: 0.1 }],
  ])("but not %s", (_, input) => {
    expect(messages(input)).toEqual([]);
  });

  test("carry the path of the option", () => {
    expect(grpoConfigSchema.safeParse({ syncRefModel: true }).error?.issues[0]?.path).toEqual(["syncRefModel"]);
  });
});

test.each<[GRPOConfigInput, string]>([
  [{ lossType: "luspo" }, "importanceSamplingLevel sequence"],
  [{ lossType: "vespo", importanceSamplingLevel: "sequence" }, "set importanceSamplingLevel to token"],
  [{ importanceSamplingLevel: "sequence" }, "GSPO as published is lossType grpo"],
  [{ lossType: "cispo" }, "(now 0.2); 5 is recommended"],
  [{ delta: 1.1 }, "delta (1.1) should be greater than 1 + epsilon (1.2)"],
])("%j is allowed with a warning", (input, warning) => {
  expect(configWarnings(parse(input)).join("\n")).toContain(warning);
});

test("the defaults warn of nothing", () => {
  expect(configWarnings(parse({}))).toEqual([]);
});

test("VESPO asks for a correction of each token", () => {
  expect(vespoCorrectionProblem(parse({ lossType: "vespo" }))).toContain("token_truncate or token_mask");
  expect(vespoCorrectionProblem(parse({ lossType: "vespo", importanceSamplingMode: "token_mask" }))).toBeUndefined();
  expect(vespoCorrectionProblem(parse({}))).toBeUndefined();
});

test("the loss takes epsilon for an epsilonHigh that is not set, and the bonus is on when it may act", () => {
  expect(lossOptions(parse({ epsilon: 0.3 })).epsilonHigh).toBe(0.3);
  expect(lossOptions(parse({ epsilonHigh: 0.28 })).epsilonHigh).toBe(0.28);
  const bonus = (input: GRPOConfigInput) => lossOptions(parse(input)).entropyBonus;
  expect([bonus({}), bonus({ entropyCoef: 0.01 }), bonus({ useAdaptiveEntropy: true })]).toEqual([false, true, true]);
});

test("values for the chat template are taken as they are, but for those that rendering sets itself", () => {
  expect(parse({ chatTemplateKwargs: { enable_thinking: false } }).chatTemplateKwargs).toEqual({
    enable_thinking: false,
  });
  expect(() => parse({ chatTemplateKwargs: { add_generation_prompt: false } })).toThrow(
    "chatTemplateKwargs cannot set add_generation_prompt",
  );
});
