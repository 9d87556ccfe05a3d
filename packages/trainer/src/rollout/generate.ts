// Samples completions. Each prompt is prefilled once for its whole group, rows of different lengths share a batch
// without padding on the left, and a finished row leaves the batch, so it stops costing.
import type { Buffers, Engine } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";
import { RolloutBatch } from "./batch.js";
import type { RolloutPrograms } from "./programs.js";
import { compileRollout } from "./programs.js";
import { checkRequest } from "./request.js";
import type { SamplingMode, SamplingOptions } from "./sampler.js";
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

/** Samples completions from one model; see {@link createGenerator}. */
export interface Generator {
  /**
   * Completions of all rows, in their order. `weights` are the model's buffers by Hugging Face name. Throws a
   * PavlovError for a prompt that is empty, holds an unknown id or leaves no room for the completion.
   */
  generate(weights: Buffers, options: GenerateOptions): Promise<Completion[]>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/** A generator for one model; programs are compiled at the first use of each way of sampling. */
export function createGenerator(engine: Engine, config: ModelConfig): Generator {
  const compiled = new Map<SamplingMode, Promise<RolloutPrograms>>();
  const programsFor = (mode: SamplingMode): Promise<RolloutPrograms> => {
    const programs = compiled.get(mode) ?? compileRollout(engine, config, mode);
    compiled.set(mode, programs);
    return programs;
  };
  return {
    async generate(weights, options) {
      checkRequest(config, options);
      const sampling = resolveSampling(options.sampling ?? {});
      const mode = (options.minCompletionLength ?? 0) > 0 ? "filter" : samplingMode(sampling);
      const batch = new RolloutBatch(engine, config, mode, await programsFor(mode), weights, sampling, options);
      try {
        return await batch.run();
      } finally {
        batch.dispose();
      }
    },
    dispose() {
      for (const programs of compiled.values()) {
        programs.then(
          ({ prefill, decode }) => {
            prefill.dispose();
            decode.dispose();
          },
          () => undefined,
        );
      }
      compiled.clear();
    },
  };
}
