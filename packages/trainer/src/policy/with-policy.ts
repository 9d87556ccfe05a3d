/** A policy and its tokenizer for the time of one task: whatever goes wrong, its process ends and so can this one. */
import { locateAnywhere } from "../hub/locate-anywhere.js";
import type { HubOptions } from "../hub/settings.js";
import { loadTokenizer, requireEmbeddings, type Tokenizer } from "../model/tokenizer.js";
import { startPolicy, type PolicyClient } from "./client.js";
import type { LoadRequest } from "./protocol.js";

/**
 * Loads the tokenizer and the model of a folder or of the hub (or an adapter's, with its base), hands both to `use` and
 * frees the model.
 * @throws PavlovError where the folder lacks a file or holds no model that is known; what `use` throws comes through.
 */
export const withPolicy = async <T>(
  request: LoadRequest & { readonly training?: boolean },
  use: (policy: PolicyClient, tokenizer: Tokenizer) => Promise<T>,
  hub: HubOptions = {},
): Promise<T> => {
  const located = await locateAnywhere({ ...request, training: request.training === true }, hub);
  const tokenizer = await loadTokenizer(located.tokenizer);
  const { model, adapter, tokenizer: tokenizerFolder } = located;
  const policy = await startPolicy({ ...request, model, adapter, tokenizer: tokenizerFolder });
  try {
    requireEmbeddings(tokenizer, policy.info.vocabularySize, tokenizerFolder);
    return await use(policy, tokenizer);
  } finally {
    await policy.dispose();
  }
};
