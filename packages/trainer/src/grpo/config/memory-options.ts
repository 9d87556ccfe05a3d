/** Options that trade time for memory, of GRPO and of supervised training. */
import { z } from "zod";

export const memoryShape = {
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe(
      "Keep only each layer's input in the forward pass and compute the rest again in the backward pass: much less " +
        "memory for long completions, for about a fifth more time (TRL's default is true).",
    ),
};
