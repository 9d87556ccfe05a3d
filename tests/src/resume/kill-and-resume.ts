/** Trains once undisturbed and once with kills at random moments, and compares what both leave behind. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../end-to-end/run-pavlov.test.fixture.js";
import { compareRuns, type Comparison } from "./compare-runs.js";
import { hasCheckpoint, live, randomNumbers, startOver, type Life, type Occasion } from "./killed-run.js";

export interface KillOptions {
  /** A new folder for configs and runs. */
  readonly folder: string;
  readonly kills: number;
  /** Decides the moments. */
  readonly seed: number;
  /** Default: a short run of the bundled model that has something of everything in flight. */
  readonly config?: string;
  readonly args?: readonly string[];
  readonly say?: (line: string) => void;
}

export interface KillReport {
  readonly lives: readonly Life[];
  /** One comparison for each run that was killed and ended in the end. */
  readonly comparisons: readonly Comparison[];
}

/** Sums of the bundled model's kind. */
const problems = (count: number, offset: number): string =>
  Array.from({ length: count }, (_, index) => {
    const [a, b] = [101 + ((index * 37 + offset) % 800), 100 + ((index * 91 + offset) % 800)];
    return `${JSON.stringify({ prompt: `${a}+${b}=`, answer: a + b })}\n`;
  }).join("");

/** Half-used generation batches, a reference that moves, adaptive entropy, evaluation, two checkpoints at most. */
const writeDefaultConfig = async (folder: string): Promise<string> => {
  const config = join(folder, "pavlov.config.yaml");
  await writeFile(join(folder, "train.jsonl"), problems(12, 0));
  await writeFile(join(folder, "held-out.jsonl"), problems(4, 500));
  await writeFile(
    config,
    [
      `model: ${join(repository, "models/arithmetic")}`,
      "dataset: { path: train.jsonl }",
      "evalDataset: { path: held-out.jsonl }",
      "evaluate: { before: false, after: false }",
      "rewards:",
      "  correct: { use: exact-answer }",
      "  format: { use: think-answer, weight: 0.2 }",
      "train:",
      "  { numGenerations: 4, perDeviceTrainBatchSize: 8, stepsPerGeneration: 2, numIterations: 2, maxSteps: 12,",
      "    maxCompletionLength: 40, learningRate: 1.0e-4, beta: 0.02, syncRefModel: true, refModelSyncSteps: 3,",
      "    useAdaptiveEntropy: true, saveSteps: 1, saveTotalLimit: 2, loggingSteps: 3, evalStrategy: steps }",
    ].join("\n"),
  );
  return config;
};

/** Steps or checkpoints after which a life is ended at the latest. */
const MOST_STEPS = 4;

const OCCASIONS: readonly Occasion[] = ["step", "save", "start", "end"];

/** The longest wait after an occasion: starting takes seconds, a checkpoint of the bundled model 50 milliseconds. */
const longestWait = (occasion: Occasion, startMilliseconds: number): number =>
  ({ start: startMilliseconds * 1.5, step: startMilliseconds / 4, save: 80, end: 120 })[occasion];

/** @throws Error where a run that was not killed fails. */
export const killAndResume = async (options: KillOptions): Promise<KillReport> => {
  const { folder, kills, seed, args = [], say = () => undefined } = options;
  await mkdir(folder, { recursive: true });
  const config = options.config ?? (await writeDefaultConfig(folder));
  const alone = join(folder, "alone");
  const started = performance.now();
  const undisturbed = await live({ config, output: alone, resume: false, args, kill: null });
  if (undisturbed.exitCode !== 0) throw new Error(`The undisturbed run failed: ${undisturbed.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  say(`left alone: ${undisturbed.step} steps in ${seconds.toFixed(1)} s`);

  const random = randomNumbers(seed);
  const startMilliseconds = Math.min(seconds * 1000, 4000);
  const lives: Life[] = [];
  const comparisons: Comparison[] = [];
  const done = (): number => lives.filter(({ killed }) => killed).length;
  while (done() < kills || comparisons.length === 0) {
    const output = join(folder, `killed-${comparisons.length + 1}`);
    for (;;) {
      const resume = await hasCheckpoint(output);
      if (!resume) await startOver(output);
      const occasion = OCCASIONS[lives.length % OCCASIONS.length] as Occasion;
      const milliseconds = Math.round(random() * longestWait(occasion, startMilliseconds));
      const count = { start: 1, end: undisturbed.step }[occasion as string] ?? 1 + Math.floor(random() * MOST_STEPS);
      const kill = done() < kills ? { occasion, count, milliseconds } : null;
      const life = await live({ config, output, resume, args, kill });
      lives.push(life);
      const from = resume ? "resumed" : "begun";
      if (life.killed) {
        say(
          `kill ${done()}: ${from}, SIGKILL ${milliseconds} ms after ${occasion} ${count}; last step reported ${life.step || "none"}`,
        );
      } else if (life.exitCode === 0) {
        say(`${from}, ended by itself after step ${life.step || "none"}`);
        break;
      } else {
        throw new Error(`A run that was not killed failed: ${life.stderr}`);
      }
    }
    const comparison = await compareRuns(alone, output);
    comparisons.push(comparison);
    const { same, lines, differences } = comparison;
    say(`compared with the run left alone: ${same.length} files and ${lines} lines of metrics are the same`);
    for (const difference of differences) say(`  DIFFERENCE: ${difference}`);
    if (differences.length === 0) await rm(output, { recursive: true });
  }
  return { lives, comparisons };
};
