/** Loads what a run would load from a folder: the model, the tokenizer, a prompt of either kind. */
import { loadModel, loadTokenizer } from "@pavlov/trainer";
import { PavlovError } from "@pavlov/core";

/** How a load ended. Anything but `loaded` and `refused` is a fault of ours. */
export interface Outcome {
  readonly kind: "loaded" | "refused" | "crashed";
  /** What a user would read, or the stack of what should not have been thrown. */
  readonly message: string;
}

const messages = [
  { role: "user", content: "hello 1 + 1 = ?" },
  { role: "assistant", content: "2" },
  { role: "user", content: "Why, then? 日本 🙂" },
];

/** Never throws. */
export const attempt = async (folder: string): Promise<Outcome> => {
  try {
    const { parameters } = await loadModel(folder);
    for (const { data } of Object.values(parameters)) {
      if (!data.every(Number.isFinite)) return { kind: "crashed", message: "A weight is not finite." };
    }
    const tokenizer = await loadTokenizer(folder);
    const { ids } = tokenizer.encodePrompt("hello World, 1 + 1 = ?\n");
    if (!ids.every(Number.isInteger)) return { kind: "crashed", message: `The ids are ${ids.join()}.` };
    tokenizer.decode(ids);
    if (tokenizer.hasChatTemplate) tokenizer.encodePrompt(messages);
    return { kind: "loaded", message: "" };
  } catch (error) {
    if (PavlovError.isInstance(error)) return { kind: "refused", message: error.message };
    return { kind: "crashed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};
