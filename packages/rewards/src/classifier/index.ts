// What a text classifier or a reward model says of the completion: a probability, or its raw output.
import { setImmediate as turn } from "node:timers/promises";
import { defineReward, PavlovError, type Range, type Sample, type ScoreResultOrError, suggestion } from "@pavlov/core";
import { z } from "zod";
import { quote } from "../quote.js";
import { type Classifier, type ClassifierInput, loadClassifier } from "./load-classifier.js";

const settings = z.strictObject({
  model: z
    .string()
    .default("")
    .describe("A folder with an ONNX model and its tokenizer, or a repository of the Hugging Face hub. Needed."),
  label: z
    .string()
    .default("")
    .describe("The output that is the score; needed where the model has several. Empty for the only one."),
  activation: z
    .enum(["softmax", "sigmoid", "none"])
    .default("softmax")
    .describe(
      "What is made of the outputs: softmax for labels that exclude each other, sigmoid for others and for the only " +
        "output, none for the raw one.",
    ),
  input: z
    .enum(["completion", "prompt-and-completion"])
    .default("completion")
    .describe("What is classified; with the prompt by the model's chat template, or as a pair of texts."),
  batchSize: z.int().min(1).max(1024).default(8).describe("Texts that the model reads at the same time."),
  maxLength: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Tokens that are read of a text, whose end is left out beyond them; null for as many as the model reads.",
    ),
  dtype: z
    .enum(["fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4"])
    .default("fp32")
    .describe("Which of the model's ONNX files is taken, by the type of its weights."),
  device: z.enum(["cpu", "webgpu", "cuda", "coreml", "dml"]).default("cpu").describe("What the model runs on."),
  revision: z.string().min(1).default("main").describe("Branch, tag or commit of a repository of the hub."),
  offline: z
    .boolean()
    .nullable()
    .default(null)
    .describe("Whether nothing is downloaded; null for what HF_HUB_OFFLINE says."),
  cacheFolder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Where downloads lie; null for the folder transformers.js in HF_HOME."),
});

type Settings = z.output<typeof settings>;

/** A classifier with the output that counts. */
interface State {
  readonly classifier: Classifier;
  readonly label: number;
}

/**
 * Finds the output that the params name.
 *
 * @throws PavlovError that lists the model's labels
 */
function chooseLabel({ labels }: Classifier, { label, model, activation }: Settings): number {
  const list = labels.slice(0, 50).map(quote).join(", ");
  if (label === "") {
    if (labels.length > 1) {
      throw new PavlovError(`The model ${model} has ${labels.length} labels, and the param label names none: ${list}.`);
    }
  } else if (!labels.includes(label)) {
    throw new PavlovError(
      `The model ${model} has no label ${quote(label)}; it has ${list}.${suggestion(label, labels)}`,
    );
  }
  if (labels.length === 1 && activation === "softmax") {
    throw new PavlovError(`The model ${model} has one output, of which softmax always makes 1.`, {
      hint: 'Set the param activation to "none" for the raw output, or to "sigmoid".',
    });
  }
  return label === "" ? 0 : labels.indexOf(label);
}

/** What of a sample is classified; an error where it is not there. */
function inputOf(
  { completion, prompt, messages }: Sample<object, never, "prompt" | "messages">,
  { input }: Settings,
  isConversation: boolean,
): ClassifierInput | PavlovError {
  if (input === "completion") return { kind: "text", text: completion };
  if (prompt === undefined) {
    return new PavlovError("The classifier is to read the prompt, and this completion comes without one.", {
      hint: 'Set the param input to "completion", or score completions that come with prompts.',
    });
  }
  if (!isConversation || messages === undefined) return { kind: "pair", first: prompt, second: completion };
  return { kind: "conversation", messages: [...messages, { role: "assistant", content: completion }] };
}

/** Logits of inputs that are read together, or one by one where that fails, so that one cannot harm the others. */
async function readEach(
  loaded: Classifier,
  inputs: readonly ClassifierInput[],
): Promise<readonly (readonly number[] | Error)[]> {
  try {
    return await loaded.logits(inputs);
  } catch (thrown) {
    if (inputs.length === 1) return [thrown instanceof Error ? thrown : new Error(String(thrown))];
    const rows: (readonly number[] | Error)[] = [];
    for (const input of inputs) rows.push(...(await readEach(loaded, [input])));
    return rows;
  }
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

function activate(logits: readonly number[], label: number, activation: Settings["activation"]): number {
  const logit = logits[label] ?? Number.NaN;
  if (activation === "none") return logit;
  if (activation === "sigmoid") return sigmoid(logit);
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, other) => total + Math.exp(other - largest), 0);
  return Math.exp(logit - largest) / sum;
}

/**
 * The probability of a label under a text classifier, or the output of a reward model, run by transformers.js on ONNX
 * Runtime. Texts that are longer than the model reads are read up to there.
 */
export const classifier = defineReward({
  name: "classifier",
  description: "The probability of a label under a text classifier, or a reward model's output.",
  params: settings,
  needs: ["model"],
  readsIfPresent: ["prompt", "messages"],
  range: ({ activation }): Range => (activation === "none" ? [null, null] : [0, 1]),
  async setup({ params, log }): Promise<State> {
    const loaded = await loadClassifier(params);
    try {
      const label = chooseLabel(loaded, params);
      if (loaded.isMultiLabel && params.activation === "softmax") {
        log(`The labels of ${params.model} do not exclude each other: activation "sigmoid" is made for that.`);
      }
      return { classifier: loaded, label };
    } catch (thrown) {
      await loaded.dispose();
      throw thrown;
    }
  },
  dispose: ({ classifier: loaded }) => loaded.dispose(),
  async scoreBatch(samples, { params, state, signal }) {
    const { classifier: loaded, label } = state;
    const name = loaded.labels[label] ?? "";
    const asked = samples.filter(({ prompt }) => prompt !== undefined);
    const isConversation = loaded.hasChatTemplate && asked.every(({ messages }) => messages !== undefined);
    const results: ScoreResultOrError[] = samples.map(() => null);
    const inputs: { readonly place: number; readonly input: ClassifierInput }[] = [];
    for (const [place, sample] of samples.entries()) {
      const input = inputOf(sample, params, isConversation);
      if (input instanceof Error) results[place] = input;
      else inputs.push({ place, input });
    }
    for (let start = 0; start < inputs.length; start += params.batchSize) {
      // The model keeps the thread while it computes.
      await turn();
      signal.throwIfAborted();
      const batch = inputs.slice(start, start + params.batchSize);
      const rows = await readEach(
        loaded,
        batch.map(({ input }) => input),
      );
      for (const [position, { place }] of batch.entries()) {
        const row = rows[position] ?? [];
        if (row instanceof Error) {
          results[place] = row;
          continue;
        }
        const score = activate(row, label, params.activation);
        const measured = params.activation === "none" ? "output" : "probability";
        results[place] = { score, reason: `the ${measured} of ${quote(name)} is ${Number(score.toPrecision(4))}` };
      }
    }
    return results;
  },
});
