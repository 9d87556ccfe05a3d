// What it means to run a program: what goes in, how it can end, and who runs it.

/** What is asked of a program once its own code has run. A program that is asked nothing is judged by what it prints. */
export type Question =
  | { readonly kind: "call"; readonly expression: string; readonly args: readonly unknown[] | null }
  | { readonly kind: "assert"; readonly code: string };

/** One run of a program. */
export interface Task {
  readonly code: string;
  /** What stands on its standard input. */
  readonly input: string;
  readonly question: Question | null;
  /** Bytes that it may print. */
  readonly outputLimit: number;
}

/** What each run is held to. */
export interface Limits {
  /** Milliseconds by the clock on the wall. */
  readonly timeout: number;
  /** Megabytes of memory. */
  readonly memory: number;
}

/** How a run ended. What the program did wrong is a problem; what this machine did wrong is an error that is thrown. */
export type Execution =
  | {
      readonly ended: "well";
      readonly output: string;
      /** JSON of what the call returned; absent where nothing was called. Written by the program: trust no bit of it. */
      readonly value?: string;
    }
  | { readonly ended: "badly"; readonly problem: string; readonly outOfTime: boolean };

/** What runs programs of one language, a limited number at a time. */
export interface Executor {
  /**
   * @throws PavlovError where the machine could not run the program at all
   * @throws the signal's reason once it is aborted
   */
  run(task: Task, signal: AbortSignal): Promise<Execution>;
  dispose(): Promise<void>;
}

/** A run that ended badly. */
export const badly = (problem: string, outOfTime = false): Execution => ({ ended: "badly", problem, outOfTime });

/** A run that took too long. */
export const ranOutOfTime = ({ timeout }: Limits): Execution => badly(`took over ${timeout} ms`, true);

/** A run that printed too much. */
export const printedTooMuch = ({ outputLimit }: Task): Execution =>
  badly(`printed more than ${Math.ceil(outputLimit / 1024)} kB`);
