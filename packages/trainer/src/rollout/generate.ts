// Samples completions. Each prompt is prefilled once for its whole group, rows of different lengths share a batch
// without padding on the left, and a finished row leaves the batch, so it stops costing.
import { bytesOf } from "../engine/binding-limit.js";
import type { Buffers, Engine } from "../engine/engine.js";
import { scattersTo } from "../engine/scatter-trial.js";
import type { ModelConfig } from "../model/config.js";
import { RolloutBatch } from "./batch.js";
import { decodeKind, type RolloutOptions } from "./decode-kind.js";
import { createRolloutPrograms } from "./program-store.js";
import type { Choice, DecodeKind } from "./programs.js";
import { checkRequest } from "./request.js";
import type { SamplingOptions } from "./sampler.js";
import { resolveSampling, samplingMode } from "./sampler.js";

/** One generation batch. */
export interface GenerateOptions {
  /** Token ids of each distinct prompt. */
  readonly prompts: readonly (readonly number[])[];
  /** Completions of each prompt; row r belongs to prompt floor(r / numGenerations). Default 1. */
  readonly numGenerations?: number;
  /** Most tokens of a completion, the end-of-sequence token included. */
  readonly maxCompletionLength: number;
  /** Tokens before which no end-of-sequence token is drawn (transformers' `min_new_tokens`). Default 0. */
  readonly minCompletionLength?: number;
  readonly sampling?: SamplingOptions;
  /** With step, row and position it decides every sample. */
  readonly seed: number;
  /** Counts generation batches. */
  readonly step: number;
  /** Replaces the end-of-sequence ids of the model; an empty list generates to the full length. */
  readonly stopTokenIds?: readonly number[];
  /** Most rows that are generated at the same time; the others wait. Default 256. */
  readonly maxRows?: number;
  /** Called as soon as a row ends, while others go on. */
  readonly onFinished?: (completion: Completion) => void;
  /** How the sampling program computes. Default: float32, weights where they are faster. */
  readonly rollout?: RolloutOptions;
  readonly signal?: AbortSignal;
}

/** A finished row. */
export interface Completion {
  readonly row: number;
  /** The end-of-sequence token included where there is one. */
  readonly tokenIds: readonly number[];
  /** Natural logarithms at the sampling temperature, before penalties and filters; one for each token. */
  readonly logProbabilities: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** What a generation batch cost, in seconds of this thread. */
export interface RolloutCosts {
  readonly kind: DecodeKind;
  /** Making the decode program anew from changed weights: quantising, packing, compiling; 0 where it was there. */
  readonly refreshSeconds: number;
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
  /** Tokens added to rows one by one, the first of each left out. */
  readonly decodeSteps: number;
}

/** Samples completions from one model; see {@link createGenerator}. */
export interface Generator {
  /**
   * Completions of all rows, in their order. `weights` are the model's buffers by Hugging Face name. Throws a
   * PavlovError for a prompt that is empty, holds an unknown id or leaves no room for the completion.
   */
  generate(weights: Buffers, options: GenerateOptions): Promise<Completion[]>;
  /** What the last call cost. */
  costs(): RolloutCosts | null;
  /** Tells that the weights have other values now: a program that holds old ones is made anew. */
  weightsChanged(): void;
  /** Gives back what programs hold of the weights, or with `all` every program. They are made again when needed. */
  release(all?: boolean): void;
  /** Releases the compiled programs. */
  dispose(): void;
}

/** Rows that are generated at the same time: fewer where the keys of so many would be too large a buffer to write to. */
async function rowsAtOnce(engine: Engine, config: ModelConfig, options: GenerateOptions): Promise<number> {
  const { prompts, numGenerations = 1, maxCompletionLength, maxRows = 256 } = options;
  const longest = Math.max(0, ...prompts.map((prompt) => prompt.length)) + maxCompletionLength;
  const rowBytes = bytesOf([config.keyValueHeads, longest, config.headDimension]);
  const wanted = Math.min(maxRows, prompts.length * numGenerations);
  if (await scattersTo(engine, wanted * rowBytes)) return maxRows;
  return Math.max(1, Math.floor((engine.mostScattered ?? 0) / rowBytes));
}

/** A generator for one model; programs are compiled at the first use of each way of sampling. */
export function createGenerator(engine: Engine, config: ModelConfig): Generator {
  const programs = createRolloutPrograms(engine, config);
  let costs: RolloutCosts | null = null;
  return {
    async generate(weights, options) {
      checkRequest(config, options);
      const sampling = resolveSampling(options.sampling ?? {});
      const mode = samplingMode(sampling);
      const choice: Choice = { mode, forbids: mode !== "filter" && (options.minCompletionLength ?? 0) > 0 };
      const kind = decodeKind(engine, weights, options);
      const compiled = await programs.get(kind, choice, weights);
      const maxRows = await rowsAtOnce(engine, config, options);
      const batch = new RolloutBatch(engine, config, choice, compiled, weights, sampling, { ...options, maxRows });
      // Of one that failed.
      programs.takeRefreshSeconds();
      try {
        const completions = await batch.run();
        const refreshSeconds = programs.takeRefreshSeconds();
        const { decodeSeconds, ...others } = batch.costs;
        costs = { kind, refreshSeconds, ...others, decodeSeconds: decodeSeconds - refreshSeconds };
        return completions;
      } finally {
        batch.dispose();
      }
    },
    costs: () => costs,
    weightsChanged: () => programs.weightsChanged(),
    release: (all = false) => programs.release(all ? "all" : "packed"),
    dispose: () => programs.release("all"),
  };
}
