/** A policy and its tokenizer for the time of one task: whatever goes wrong, the worker ends and so can the process. */
import { locateModel } from "../model/lora/locate.js";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.js";
import { startPolicy, type PolicyClient } from "./client.js";
import type { LoadRequest } from "./protocol.js";

/**
 * Loads the tokenizer and the model of a folder (or an adapter's, with its base), hands both to `use` and frees the model.
 * @throws PavlovError where the folder lacks a file or holds no model that is known; what `use` throws comes through.
 */
export const withPolicy = async <T>(
  request: LoadRequest & { readonly training?: boolean },
  use: (policy: PolicyClient, tokenizer: Tokenizer) => Promise<T>,
): Promise<T> => {
  const located = await locateModel({ ...request, training: request.training === true });
  const tokenizer = await loadTokenizer(located.tokenizer);
  const { model, adapter, tokenizer: tokenizerFolder } = located;
  const policy = await startPolicy({ ...request, model, adapter, tokenizer: tokenizerFolder });
  try {
    return await use(policy, tokenizer);
  } finally {
    await policy.dispose();
  }
};
