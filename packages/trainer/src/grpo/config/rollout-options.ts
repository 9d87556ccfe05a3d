/** How completions are sampled: at which precision, with which weights, and how short they may be. */
import { z } from "zod";

const rolloutSchema = z.strictObject({
  precision: z
    .enum(["float32", "int8"])
    .default("float32")
    .describe(
      "Numbers of the products that sample completions. int8 is faster and samples from a slightly different policy, " +
        "for which importanceSamplingCorrection corrects; watch sampling/sampling_logp_difference/mean. Weights are " +
        "quantised after each step, so that it gains most with long completions. Evaluation samples in float32.",
    ),
  weights: z
    .enum(["auto", "inputs", "constants"])
    .default("auto")
    .describe(
      "Where float32 weights lie while sampling: where training keeps them (inputs), or copied into the program after " +
        "each step (constants), which costs memory and time and repays it with long completions; auto decides by " +
        "maxCompletionLength.",
    ),
});

export const rolloutShape = {
  rollout: rolloutSchema
    .default({ precision: "float32", weights: "auto" })
    .describe("How the program that samples completions computes."),
  minCompletionLength: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "Tokens before which no end-of-sequence token is drawn (TRL: generation_kwargs min_new_tokens). Log-probabilities " +
        "stay those of the whole distribution, as the loss computes them.",
    ),
};
