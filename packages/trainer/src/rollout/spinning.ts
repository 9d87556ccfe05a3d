// Whether the threads of a decode program spin between its operators. It changes no result, only the time: on idle
// processors spinning saves waking threads a thousand times a step, on busy ones it takes time from who would work. So a
// clock may decide.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Buffers, Engine, Program, Specs } from "../engine/engine.js";

/** The same program, compiled both ways. */
export interface ProgramPair {
  readonly spinning: Program;
  readonly sleeping: Program;
}

/** Runs of each program that are compared, after one of each that is not. */
const comparedRuns = 4;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.POSITIVE_INFINITY;

/** True in the first and fourth of four runs, so that neither program has the shorter rows on average. */
const leads = (run: number): boolean => run % 4 === 0 || run % 4 === 3;

export interface SpinningRace {
  /** True once both were run often enough. */
  readonly isOver: boolean;
  /** Which program the next run is to use: the other one in turn, then the faster one. */
  next(): boolean;
  /** Milliseconds of the run that {@link next} was asked for. */
  took(milliseconds: number): void;
}

/** A race between the two; `favourite` is run first. */
export function spinningRace(favourite: boolean): SpinningRace {
  const times = { true: [] as number[], false: [] as number[] };
  const timesOf = (spins: boolean): number[] => times[spins ? "true" : "false"];
  let runs = 0;
  let current = favourite;
  const isOver = (): boolean => runs >= 2 * (comparedRuns + 1);
  const winner = (): boolean => median(timesOf(true).slice(1)) < median(timesOf(false).slice(1));
  return {
    get isOver() {
      return isOver();
    },
    next() {
      current = isOver() ? winner() : leads(runs) === favourite;
      return current;
    },
    took(milliseconds) {
      if (!isOver()) timesOf(current).push(milliseconds);
      runs += 1;
    },
  };
}

/** What was found to be faster; every generation batch looks again. */
export interface SpinningHabit {
  spins: boolean;
}

/**
 * One program that runs either of a pair: both in turn at first, then the faster one, which the habit remembers.
 * Disposing it leaves the pair alone.
 */
export function racingProgram({ spinning, sleeping }: ProgramPair, habit: SpinningHabit): Program {
  const race = spinningRace(habit.spins);
  return {
    name: sleeping.name,
    async run(inputs) {
      const spins = race.next();
      const started = performance.now();
      const outputs = await (spins ? spinning : sleeping).run(inputs);
      race.took(performance.now() - started);
      if (race.isOver) habit.spins = race.next();
      return outputs;
    },
    forget() {},
    async refresh() {},
    dispose() {},
  };
}

/** Sizes of the program that stands for a decode step whose weights would have to be held twice. */
const [trialRows, trialWidth, trialProducts] = [8, 512, 24];

const trialSpecs: Specs = {
  x: { shape: [trialRows, trialWidth], dtype: "float32" },
  w: { shape: [trialWidth, trialWidth], dtype: "float32" },
};

const trialProgram = ({ x, w }: Readonly<Record<string, Tensor>>): { readonly y: Tensor } => {
  let y = x as Tensor;
  for (let product = 0; product < trialProducts; product++) y = tf.relu(tf.matMul(y, w as Tensor));
  return { y };
};

/** Compares the two on a few small products; see {@link createSpinningTrial}. */
export interface SpinningTrial {
  /** Runs both some times, in about ten milliseconds, and returns what the habit has become. */
  run(habit: SpinningHabit): Promise<boolean>;
  dispose(): void;
}

/** Compiles the trial both ways. */
export async function createSpinningTrial(engine: Engine): Promise<SpinningTrial> {
  const compile = (spinning: boolean) => engine.compile("spinning-trial", trialProgram, trialSpecs, { spinning });
  const pair: ProgramPair = { spinning: await compile(true), sleeping: await compile(false) };
  const inputs: Buffers = {
    x: engine.buffer(new Float32Array(trialRows * trialWidth), [trialRows, trialWidth]),
    w: engine.buffer(new Float32Array(trialWidth * trialWidth), [trialWidth, trialWidth]),
  };
  return {
    async run(habit) {
      const race = racingProgram(pair, habit);
      for (let run = 0; run < 2 * (comparedRuns + 1); run++) (await race.run(inputs))["y"]?.dispose();
      return habit.spins;
    },
    dispose() {
      pair.spinning.dispose();
      pair.sleeping.dispose();
      for (const buffer of Object.values(inputs)) buffer.dispose();
    },
  };
}
