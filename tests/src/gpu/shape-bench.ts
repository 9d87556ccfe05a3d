/** Times GRPO's parts on a model of random weights at the shape of SmolLM2-135M, and the way of its weights to the device. */
import { loadPolicy, trafficBetween, watchDeviceMemory, type Device, type Policy, type Traffic } from "@pavlov/trainer";
import { accumulateOn, complete, rowsOf, updateOn, type Batch } from "./work.js";

export interface ShapeFigures {
  readonly device: string;
  readonly engine: string;
  readonly parameters: number;
  readonly completions: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Reading the model's file and bringing its weights to the device. */
  readonly loadSeconds: number;
  /** Of these, what moving the weights and the zeros of the optimizer's moments took; null where that is not told. */
  readonly loadTransferSeconds: number | null;
  /**
   * Means over the measured steps, which add up to `stepSeconds`. Nothing is scored. Transfers are those that no run
   * contains, null where they are not told.
   */
  readonly generateSeconds: number;
  readonly scoreSeconds: 0;
  readonly trainSeconds: number;
  readonly optimizerSeconds: number;
  readonly transferSeconds: number | null;
  readonly stepSeconds: number;
  /** What crosses in a step, runs' own inputs and results included; null where nothing does. */
  readonly bytesToDevice: number | null;
  readonly bytesFromDevice: number | null;
  readonly crossings: number | null;
  readonly generatedTokensPerSecond: number;
  /** Writing the weights back to a file: what a checkpoint costs. */
  readonly saveSeconds: number;
  /** The most that was seen in use on the GPU, where its driver tells. */
  readonly deviceMegabytes: number | null;
  readonly residentMegabytes: number;
}

const seconds = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
};

/** A part of a step: its seconds without its transfers, and these. */
interface Part {
  readonly seconds: number;
  readonly traffic: Traffic | null;
}

interface Step {
  readonly generated: Part;
  readonly trained: Part;
  readonly updated: Part;
}

/** Does it and waits until the device has done it. */
const part = async <T>(policy: Policy, work: () => Promise<T>): Promise<readonly [T, Part]> => {
  const before = await policy.traffic();
  const [[result, after], whole] = await seconds(async () => [await work(), await policy.traffic()] as const);
  const traffic = before && after ? trafficBetween(before, after) : null;
  return [result, { seconds: whole - (traffic?.seconds ?? 0), traffic }];
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The first step compiles programs and is left out. */
export async function timeShape(
  folder: string,
  device: Device,
  batch: Batch,
  steps: number,
  saveTo: string,
): Promise<ShapeFigures> {
  const memory = await watchDeviceMemory();
  const open = async () => {
    const opened = await loadPolicy({ model: folder, engine: { device }, reference: false });
    return { policy: opened, loaded: await opened.traffic() };
  };
  const [{ policy, loaded }, loadSeconds] = await seconds(open);
  const measured: Step[] = [];
  try {
    for (let step = 0; step <= steps; step++) {
      const [completions, generated] = await part(policy, () => complete(policy, batch, step));
      const [, trained] = await part(policy, () => accumulateOn(policy, rowsOf(completions, batch)));
      const [, updated] = await part(policy, () => updateOn(policy));
      if (step > 0) measured.push({ generated, trained, updated });
      await memory.look();
    }
    const [, saveSeconds] = await seconds(() => policy.save({ folder: saveTo }));
    const deviceBytes = memory.stop();
    const completions = batch.prompts.length * batch.numGenerations;
    const meanOf = (value: (step: Step) => number): number => mean(measured.map(value));
    const generateSeconds = meanOf(({ generated }) => generated.seconds);
    const trainSeconds = meanOf(({ trained }) => trained.seconds);
    const optimizerSeconds = meanOf(({ updated }) => updated.seconds);
    const crossed = (value: (traffic: Traffic) => number | null): number | null => {
      const parts = measured.flatMap(({ generated, trained, updated }) => [generated, trained, updated]);
      const known = parts.flatMap(({ traffic }) => (traffic ? (value(traffic) ?? []) : []));
      return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / measured.length;
    };
    const transferSeconds = crossed((traffic) => traffic.seconds);
    return {
      device: policy.info.device,
      engine: policy.info.engine,
      parameters: policy.info.parameters,
      completions,
      promptTokens: batch.prompts[0]?.length ?? 0,
      newTokens: batch.maxCompletionLength,
      loadSeconds,
      loadTransferSeconds: loaded?.seconds ?? null,
      generateSeconds,
      scoreSeconds: 0,
      trainSeconds,
      optimizerSeconds,
      transferSeconds,
      stepSeconds: generateSeconds + trainSeconds + optimizerSeconds + (transferSeconds ?? 0),
      bytesToDevice: crossed((traffic) => traffic.bytesToDevice),
      bytesFromDevice: crossed((traffic) => traffic.bytesFromDevice),
      crossings: crossed((traffic) => traffic.crossings),
      generatedTokensPerSecond: (completions * batch.maxCompletionLength) / generateSeconds,
      saveSeconds,
      deviceMegabytes: deviceBytes === null ? null : deviceBytes / 1e6,
      residentMegabytes: process.memoryUsage.rss() / 1e6,
    };
  } finally {
    memory.stop();
    policy.dispose();
  }
}
