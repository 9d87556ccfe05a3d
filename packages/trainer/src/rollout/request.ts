// Checks a request for completions against the model before anything is computed.
import { PavlovError } from "@pavlov/core";
import type { ModelConfig } from "../model/config.js";

interface Request {
  readonly prompts: readonly (readonly number[])[];
  readonly numGenerations?: number;
  readonly maxCompletionLength: number;
}

/** Throws a PavlovError that names the prompt, its length and the limit. */
export function checkRequest(config: ModelConfig, { prompts, numGenerations = 1, maxCompletionLength }: Request): void {
  const { maxPositions, vocabularySize } = config;
  if (!Number.isInteger(maxCompletionLength) || maxCompletionLength < 1) {
    throw new PavlovError(`maxCompletionLength is ${maxCompletionLength}; it must be a whole number of at least 1.`);
  }
  if (!Number.isInteger(numGenerations) || numGenerations < 1) {
    throw new PavlovError(`numGenerations is ${numGenerations}; it must be a whole number of at least 1.`);
  }
  prompts.forEach((prompt, index) => {
    if (prompt.length === 0) throw new PavlovError(`Prompt ${index} has no tokens.`);
    if (prompt.length >= maxPositions) {
      throw new PavlovError(`Prompt ${index} has ${prompt.length} tokens; the model's context holds ${maxPositions}.`, {
        hint: "Shorten the prompt: at least one position must be left for the completion.",
      });
    }
    const left = maxPositions - prompt.length;
    if (maxCompletionLength > left) {
      throw new PavlovError(
        `Prompt ${index} has ${prompt.length} tokens, which leaves ${left} of the context's ${maxPositions} for the ` +
          `completion; maxCompletionLength is ${maxCompletionLength}.`,
        { hint: `Lower maxCompletionLength to ${left} or shorten the prompt.` },
      );
    }
    const unknown = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (unknown !== undefined) {
      throw new PavlovError(
        `Prompt ${index} holds the token id ${unknown}; the model's vocabulary has ${vocabularySize}.`,
        {
          hint: "Use the tokenizer that belongs to the model.",
        },
      );
    }
  });
}
