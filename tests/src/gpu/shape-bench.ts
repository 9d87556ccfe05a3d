/** Times GRPO's parts on a model of random weights at the shape of SmolLM2-135M, and the way of its weights to the device. */
import { execFileSync } from "node:child_process";
import { loadPolicy, type Device } from "@pavlov/trainer";
import { complete, rowsOf, trainOn, type Batch } from "./work.js";

export interface ShapeFigures {
  readonly device: string;
  readonly engine: string;
  readonly parameters: number;
  readonly completions: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Reading the model's file and bringing its weights to the device. */
  readonly loadSeconds: number;
  /** Means over the measured steps. */
  readonly generateSeconds: number;
  readonly trainSeconds: number;
  readonly stepSeconds: number;
  readonly generatedTokensPerSecond: number;
  /** Writing the weights back to a file: what a checkpoint costs. */
  readonly saveSeconds: number;
  /** Of the GPU, where `nvidia-smi` tells. */
  readonly deviceMegabytes: number | null;
  readonly residentMegabytes: number;
}

const usedByDevice = (): number | null => {
  try {
    const command = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];
    return Number(
      execFileSync("nvidia-smi", command, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0],
    );
  } catch {
    return null;
  }
};

const seconds = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
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
  const open = () => loadPolicy({ model: folder, engine: { device }, reference: false });
  const [policy, loadSeconds] = await seconds(open);
  const times: { generate: number; train: number }[] = [];
  try {
    for (let step = 0; step <= steps; step++) {
      const [completions, generate] = await seconds(() => complete(policy, batch, step));
      const [, train] = await seconds(() => trainOn(policy, rowsOf(completions, batch)));
      if (step > 0) times.push({ generate, train });
    }
    const deviceMegabytes = usedByDevice();
    const [, saveSeconds] = await seconds(() => policy.save({ folder: saveTo }));
    const completions = batch.prompts.length * batch.numGenerations;
    const [generateSeconds, trainSeconds] = [
      mean(times.map((each) => each.generate)),
      mean(times.map((each) => each.train)),
    ];
    return {
      device: policy.info.device,
      engine: policy.info.engine,
      parameters: policy.info.parameters,
      completions,
      promptTokens: batch.prompts[0]?.length ?? 0,
      newTokens: batch.maxCompletionLength,
      loadSeconds,
      generateSeconds,
      trainSeconds,
      stepSeconds: generateSeconds + trainSeconds,
      generatedTokensPerSecond: (completions * batch.maxCompletionLength) / generateSeconds,
      saveSeconds,
      deviceMegabytes,
      residentMegabytes: process.memoryUsage.rss() / 1e6,
    };
  } finally {
    policy.dispose();
  }
}
