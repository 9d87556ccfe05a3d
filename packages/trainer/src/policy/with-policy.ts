/** A policy and its tokenizer for the time of one task: whatever goes wrong, the worker ends and so can the process. */
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.js";
import { startPolicy, type PolicyClient } from "./client.js";
import type { LoadRequest } from "./protocol.js";

/**
 * Loads the tokenizer and the model of a folder, hands both to `use` and frees the model.
 * @throws PavlovError where the folder lacks a file or holds no model that is known; what `use` throws comes through.
 */
export const withPolicy = async <T>(
  request: LoadRequest,
  use: (policy: PolicyClient, tokenizer: Tokenizer) => Promise<T>,
): Promise<T> => {
  const tokenizer = await loadTokenizer(request.model);
  const policy = await startPolicy(request);
  try {
    return await use(policy, tokenizer);
  } finally {
    await policy.dispose();
  }
};
