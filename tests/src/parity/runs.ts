/**
 * Whole GRPO runs against TRL's: every micro-batch's loss, advantages and log-probabilities, every logged metric of
 * every step, and the final weights.
 */
import { rm } from "node:fs/promises";
import type { ParityCheck } from "./losses.js";
import { replay, train, type Replay } from "./replay.js";
import { copyModel, readRecording, type RecordedRun } from "./trl-runs.js";

/** Largest |actual - expected| / (1 + |expected|). */
const TOLERANCE = 1e-5;
/**
 * Of key biases: a bias that the rotation hardly turns moves all scores of a row alike, so its gradient is nearly 0,
 * and Adam makes whole steps of its rounding errors.
 */
const KEY_BIAS_TOLERANCE = 1e-4;
/**
 * Of the first values of other weights: a hundredth of the learning rate, 1e-3. A gradient near Adam's epsilon, 1e-8,
 * decides the size of the first step, so a rounding error of 1e-9 in it moves the weight by up to that.
 */
const VALUE_TOLERANCE = 1e-5;
/** Of what is computed without the model, in float64. */
const LEARNING_RATE_TOLERANCE = 1e-12;

const toleranceOf = (quantity: string): number => {
  if (quantity === "learning_rate") return LEARNING_RATE_TOLERANCE;
  if (quantity.endsWith("k_proj.bias")) return KEY_BIAS_TOLERANCE;
  return quantity.startsWith("first values") ? VALUE_TOLERANCE : TOLERANCE;
};

/** Deviations by quantity, and what is wrong besides. */
class Comparison {
  readonly #worst = new Map<string, number>();
  readonly #problems: string[] = [];
  #count = 0;

  number(quantity: string, expected: number | null, actual: number | null | undefined): void {
    this.#count += 1;
    if (expected === null || actual === null || actual === undefined) {
      if (expected !== actual) this.problem(`${quantity} is ${actual}, not ${expected}`);
      return;
    }
    const deviation = Math.abs(actual - expected) / (1 + Math.abs(expected));
    if (!(deviation <= (this.#worst.get(quantity) ?? -1))) this.#worst.set(quantity, deviation);
  }

  numbers(quantity: string, expected: readonly number[], actual: ArrayLike<number> | undefined): void {
    expected.forEach((value, index) => this.number(quantity, value, actual?.[index]));
  }

  same(quantity: string, expected: unknown, actual: unknown): void {
    this.#count += 1;
    if (JSON.stringify(expected) !== JSON.stringify(actual)) this.problem(`${quantity} differ`);
  }

  problem(message: string): void {
    this.#problems.push(message);
  }

  verdict(name: string): ParityCheck {
    const sorted = [...this.#worst].toSorted((a, b) => b[1] - a[1]);
    const wrong = sorted.filter(([quantity, worst]) => !(worst <= toleranceOf(quantity)));
    const shown = wrong.length > 0 ? wrong : sorted.slice(0, 3);
    const deviations = shown.map(([quantity, worst]) => `${quantity} ${worst.toExponential(1)}`).join(", ");
    return {
      name,
      passed: wrong.length === 0 && this.#problems.length === 0,
      detail: [`${this.#count} numbers, largest deviations: ${deviations}`, ...this.#problems].join("; "),
    };
  }
}

/**
 * Runs that `GRPOTrainer` itself must repeat, and what it may log otherwise: a mean of micro-batches' means depends on
 * how the generation batch was split.
 */
const TRAINED: Readonly<Record<string, readonly string[]>> = {
  defaults: [],
  "grpo-kl-two-iterations": [],
  "dapo-accumulate-4": ["entropy"],
};

/** Both ways to compute forward and backward passes: the choice between them must not show in the numbers. */
const PASSES = ["whole", "layered"] as const;

/** Checks every run of `trl-runs.json` of the folder. */
export async function checkRuns(goldenFolder: string): Promise<ParityCheck[]> {
  const recording = await readRecording(goldenFolder);
  const model = await copyModel(goldenFolder, recording);
  const checks: ParityCheck[] = [];
  try {
    for (const [name, run] of Object.entries(recording.runs)) {
      for (const pass of PASSES) {
        const replayed = await replay(model, recording, run, pass);
        const title = `${name} (${pass} pass)`;
        checks.push(checkMicroBatches(title, run, replayed));
        checks.push(checkLog(title, run, replayed), checkWeights(title, run, replayed));
        const except = TRAINED[name];
        if (!except) continue;
        const trained = await train(model, recording, run, pass);
        const byTrainer = `${title} by GRPOTrainer`;
        checks.push(checkLog(byTrainer, run, trained, except), checkWeights(byTrainer, run, trained));
      }
    }
  } finally {
    await rm(model, { recursive: true, force: true });
  }
  return checks;
}

function checkMicroBatches(name: string, run: RecordedRun, { promptIds, microBatches }: Replay): ParityCheck {
  const comparison = new Comparison();
  run.rollouts.forEach(({ prompt_ids }, index) => comparison.same("prompts' token ids", prompt_ids, promptIds[index]));
  comparison.same("numbers of micro-batches", run.micro_batches.length, microBatches.length);
  run.micro_batches.forEach((recorded, index) => {
    const { loss, itemsInBatch, rows = [] } = microBatches[index] ?? {};
    comparison.number("loss", recorded.loss, loss);
    comparison.number("items", recorded.num_items_in_batch, itemsInBatch);
    comparison.numbers(
      "advantages",
      recorded.advantages,
      rows.map(({ advantage }) => advantage ?? Number.NaN),
    );
    const perToken = [
      ["old", recorded.old_per_token_logps, "oldLogProbabilities"],
      ["reference", recorded.ref_per_token_logps, "referenceLogProbabilities"],
    ] as const;
    for (const [quantity, expected, key] of perToken) {
      rows.forEach((row, place) => {
        const actual = row[key];
        if ((expected === null) !== (actual === undefined)) comparison.problem(`${quantity} is there in one alone`);
        // What lies beyond a completion's end is padding; so is all of a masked completion.
        const tokens = row.masked === true ? 0 : row.completionIds.length;
        comparison.numbers(quantity, expected?.[place]?.slice(0, tokens) ?? [], actual);
      });
    }
  });
  return comparison.verdict(`${name}: micro-batches`);
}

function checkLog(
  name: string,
  run: RecordedRun,
  { log }: Pick<Replay, "log">,
  except: readonly string[] = [],
): ParityCheck {
  const comparison = new Comparison();
  run.log.forEach((recorded, index) => {
    const line: Readonly<Record<string, number | null>> = { step: index + 1, ...log[index] };
    const compared = Object.entries(recorded).filter(([key]) => !except.includes(key));
    for (const [key, value] of compared) comparison.number(key, value, line[key]);
  });
  return comparison.verdict(`${name}: log`);
}

function checkWeights(name: string, run: RecordedRun, { parameters }: Pick<Replay, "parameters">): ParityCheck {
  const comparison = new Comparison();
  for (const [weight, { norm, first4 }] of Object.entries(run.final_parameters)) {
    const data = parameters[weight]?.data ?? new Float32Array();
    comparison.number(`norm of ${weight}`, norm, Math.hypot(...data));
    comparison.numbers(`first values of ${weight}`, first4, data);
  }
  return comparison.verdict(`${name}: final weights`);
}
