// A sequence classifier of transformers.js: its tokenizer and its ONNX model, ready to give logits for texts.
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Message } from "@pavlov/core";
import type * as Transformers from "@huggingface/transformers";
import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from "@huggingface/transformers";
import { findDamaged, locateModel, type ModelPlace, type ModelReference } from "./locate-model.js";

/** What the reward's params say of loading. */
export interface ClassifierOptions extends ModelReference {
  readonly device: "cpu" | "webgpu" | "cuda" | "coreml" | "dml";
  readonly dtype: "fp32" | "fp16" | "q8" | "int8" | "uint8" | "q4" | "q4f16" | "bnb4";
  /** Tokens that are read of a text; null for as many as the model reads. */
  readonly maxLength: number | null;
}

/** What is classified: a text, or one after another, or a conversation. */
export type ClassifierInput =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pair"; readonly first: string; readonly second: string }
  | { readonly kind: "conversation"; readonly messages: readonly Message[] };

/** A model that is loaded. */
export interface Classifier {
  /** Names of the outputs, in their order. */
  readonly labels: readonly string[];
  /** Whether the outputs exclude each other. */
  readonly isMultiLabel: boolean;
  /** Whether the tokenizer writes conversations. */
  readonly hasChatTemplate: boolean;
  /** Logits of inputs of one kind. [inputs, labels] */
  logits(inputs: readonly ClassifierInput[]): Promise<readonly (readonly number[])[]>;
  dispose(): Promise<void>;
}

const PACKAGE = "@huggingface/transformers";
/** Tokens that are read where neither the params nor the model say how many there may be. */
const DEFAULT_LENGTH = 512;
/**
 * Characters of a text that its tokenizer is given for each token that is read. None is as long on average, and a
 * tokenizer takes its time over all that it is given, also over what is left out then.
 */
const CHARACTERS_PER_TOKEN = 64;
/** What stands in for a text without any token, since a model needs one. */
const NOTHING = ".";

/**
 * Loads a classifier, and tries it.
 *
 * @throws PavlovError where the package, the model or a file of it is missing or is not what it should be
 */
export async function loadClassifier(options: ClassifierOptions): Promise<Classifier> {
  const place = await locateModel(options);
  const library = await importLibrary();
  const endpoint = process.env["HF_ENDPOINT"];
  if (endpoint && !place.isFolder) library.env.remoteHost = `${endpoint.replace(/\/+$/, "")}/`;
  const settings = {
    revision: options.revision,
    local_files_only: place.isFolder,
    cache_dir: place.cacheFolder,
  };
  let tokenizer: PreTrainedTokenizer;
  let model: PreTrainedModel;
  try {
    tokenizer = await library.AutoTokenizer.from_pretrained(place.name, settings);
    const { device, dtype } = options;
    const { subfolder } = place;
    model = await library.AutoModelForSequenceClassification.from_pretrained(place.name, {
      ...settings,
      device,
      dtype,
      subfolder,
    });
  } catch (cause) {
    throw await loadingError(place, options, cause);
  }
  try {
    return await createClassifier(tokenizer, model, options);
  } catch (cause) {
    await model.dispose();
    throw cause;
  }
}

async function importLibrary(): Promise<typeof Transformers> {
  try {
    return await import("@huggingface/transformers");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new PavlovError(`The reward classifier needs the package ${PACKAGE}, which is not installed.`, {
      cause,
      hint: `npm install ${PACKAGE}@4.3.1`,
    });
  }
}

async function loadingError(
  place: ModelPlace,
  { model, device }: ClassifierOptions,
  cause: unknown,
): Promise<PavlovError> {
  const message = errorMessage(cause);
  if (/protobuf|invalid model|ModelProto/i.test(message)) {
    return new PavlovError(`The model ${model} is no ONNX model that can be read: ${message}.`, { cause });
  }
  const damaged = place.isFolder ? await findDamaged(place.name) : undefined;
  if (damaged !== undefined) return new PavlovError(`The model's folder ${place.name} has a ${damaged}.`, { cause });
  const hint = place.isFolder
    ? `It was taken from ${place.name}, for the device ${device}.`
    : `It is not in ${place.cacheFolder} yet; a model of the hub needs ONNX files in a folder onnx.`;
  return new PavlovError(`The model ${model} could not be loaded: ${message}.`, { cause, hint });
}

async function createClassifier(
  tokenizer: PreTrainedTokenizer,
  model: PreTrainedModel,
  { model: name, maxLength }: ClassifierOptions,
): Promise<Classifier> {
  const config = model.config as unknown as {
    readonly id2label?: Readonly<Record<string, string>>;
    readonly problem_type?: string | null;
    readonly max_position_embeddings?: number;
  };
  const most = [tokenizer.model_max_length as number, config.max_position_embeddings ?? DEFAULT_LENGTH];
  const length = Math.min(maxLength ?? Infinity, ...most.filter((tokens) => tokens > 0));

  // Without a token to pad with, each text is read by itself.
  const canPad = typeof tokenizer.pad_token_id === "number";
  const encode = (inputs: readonly ClassifierInput[]) => {
    const within = (text: string) => text.slice(0, length * CHARACTERS_PER_TOKEN);
    const texts = inputs.map((input) => within(firstText(input, tokenizer)));
    const seconds = inputs.flatMap((input) => (input.kind === "pair" ? [within(input.second)] : []));
    return tokenizer(texts, {
      padding: canPad,
      truncation: true,
      max_length: length,
      ...(seconds.length > 0 && { text_pair: seconds }),
      // A chat template writes them itself.
      add_special_tokens: inputs[0]?.kind !== "conversation",
    }) as { readonly attention_mask: Tensor };
  };
  const isEmpty = (mask: Tensor, row: number): boolean => {
    const width = mask.dims[1] ?? 0;
    const data = mask.data as BigInt64Array;
    return !data.subarray(row * width, (row + 1) * width).some((value) => value !== 0n);
  };
  const readTogether = async (inputs: readonly ClassifierInput[]) => {
    let encoded = encode(inputs);
    const filled = inputs.map((input, row): ClassifierInput =>
      isEmpty(encoded.attention_mask, row) ? somethingFor(input) : input,
    );
    if (filled.some((input, row) => input !== inputs[row])) encoded = encode(filled);
    const output = (await model(encoded)) as { readonly logits?: Tensor };
    const rows: unknown = output.logits?.to("float32").tolist();
    const isTable = Array.isArray(rows) && rows.length === inputs.length && rows.every((row) => Array.isArray(row));
    if (!isTable || output.logits?.dims.length !== 2) {
      throw new PavlovError(`The model ${name} has no output logits with a row for each text: it is no classifier.`);
    }
    return rows as number[][];
  };
  const logits = async (inputs: readonly ClassifierInput[]) => {
    if (canPad) return readTogether(inputs);
    const rows: number[][] = [];
    for (const input of inputs) rows.push(...(await readTogether([input])));
    return rows;
  };

  const [tried = []] = await logits([{ kind: "text", text: "Yes." }]).catch((cause: unknown) => {
    if (PavlovError.isInstance(cause)) throw cause;
    throw new PavlovError(`The model ${name} does not run: ${errorMessage(cause)}.`, { cause });
  });
  return {
    labels: tried.map((_, index) => config.id2label?.[index] ?? `LABEL_${index}`),
    isMultiLabel: config.problem_type === "multi_label_classification",
    hasChatTemplate: Boolean(tokenizer.chat_template),
    logits,
    async dispose() {
      await model.dispose();
    },
  };
}

const somethingFor = (input: ClassifierInput): ClassifierInput =>
  input.kind === "pair" ? { ...input, first: NOTHING } : { kind: "text", text: NOTHING };

function firstText(input: ClassifierInput, tokenizer: PreTrainedTokenizer): string {
  if (input.kind === "text") return input.text;
  if (input.kind === "pair") return input.first;
  const messages = input.messages.map(({ role, content }) => ({ role, content }));
  return tokenizer.apply_chat_template(messages, { tokenize: false }) as string;
}
