/** Which options would make a run need less memory, and how much less: each is found by estimating again. */
import { adapterSize, estimateMemory, totalOf, type MemorySetup } from "./memory-estimate.js";

/** One change of a run's options. */
export interface MemorySaving {
  /** As it would be written: `gradientCheckpointing: true`. */
  readonly change: string;
  /** Bytes less at the peak. */
  readonly bytes: number;
  /** Bytes that would be left to need. */
  readonly needed: number;
}

interface Change {
  readonly change: string;
  readonly setup: MemorySetup;
}

/** An adapter that is common: what `lora: {}` makes. */
const USUAL_LORA = { rank: 16, targetModules: "all-linear" } as const;

/** A saving below this share of what is needed is not worth a word. */
const LEAST_SHARE = 0.02;

/** The largest part of a micro-batch, of those that divide it, with which the run fits; otherwise one row. */
const smallerMicroBatch = (setup: MemorySetup, available: number): Change[] => {
  const { microBatchSize, gradientAccumulationSteps } = setup;
  const withRows = (rows: number): Change => ({
    change:
      `perDeviceTrainBatchSize: ${rows} with ` +
      `gradientAccumulationSteps: ${(gradientAccumulationSteps * microBatchSize) / rows}`,
    setup: { ...setup, microBatchSize: rows },
  });
  const smaller = Array.from({ length: microBatchSize - 1 }, (_, index) => microBatchSize - 1 - index)
    .filter((rows) => microBatchSize % rows === 0)
    .map(withRows);
  const change = smaller.find((one) => totalOf(estimateMemory(one.setup)) <= available) ?? smaller.at(-1);
  return change ? [change] : [];
};

/** Completions of half the length; where they are given, rows of half the length. */
const shorterCompletions = (setup: MemorySetup): Change[] => {
  const { promptTokens, maxCompletionLength, sampled } = setup;
  const half = Math.floor((sampled ? maxCompletionLength : promptTokens + maxCompletionLength) / 2);
  const left = sampled ? half : half - promptTokens;
  if (left <= 0) return [];
  const option = sampled ? "maxCompletionLength" : "maxLength";
  return [{ change: `${option}: ${half}`, setup: { ...setup, maxCompletionLength: left } }];
};

const changesOf = (setup: MemorySetup, available: number): Change[] => {
  const { config, adapter, reference, gradientCheckpointing, sampled } = setup;
  return [
    ...smallerMicroBatch(setup, available),
    ...shorterCompletions(setup),
    ...(gradientCheckpointing
      ? []
      : [{ change: "gradientCheckpointing: true", setup: { ...setup, gradientCheckpointing: true } }]),
    ...(adapter
      ? []
      : [{ change: "lora: { rank: 16 }", setup: { ...setup, adapter: adapterSize(config, USUAL_LORA) } }]),
    ...(!sampled || sampled.rollout?.precision === "int8"
      ? []
      : [
          {
            change: "rollout: { precision: int8 }",
            setup: { ...setup, sampled: { ...sampled, rollout: { ...sampled.rollout, precision: "int8" as const } } },
          },
          {
            change: "rollout: { weights: inputs }",
            setup: { ...setup, sampled: { ...sampled, rollout: { ...sampled.rollout, weights: "inputs" as const } } },
          },
        ]),
    ...(reference && !adapter
      ? [{ change: "beta: 0 (no reference model)", setup: { ...setup, reference: false } }]
      : []),
  ];
};

/** Changes that save memory, the largest saving first. */
export const memorySavings = (setup: MemorySetup, available: number): MemorySaving[] => {
  const total = totalOf(estimateMemory(setup));
  return changesOf(setup, available)
    .map(({ change, setup: changed }) => {
      const needed = totalOf(estimateMemory(changed));
      return { change, needed, bytes: total - needed };
    })
    .filter(({ bytes }) => bytes >= LEAST_SHARE * total)
    .toSorted((a, b) => b.bytes - a.bytes);
};
