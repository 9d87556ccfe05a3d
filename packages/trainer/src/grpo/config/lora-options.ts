/** Options of LoRA, of GRPO and of supervised training: PEFT's `LoraConfig` in camelCase, TRL's defaults. */
import { z } from "zod";
import type { NewLora } from "../../model/lora/settings.js";

/** PEFT's and TRL's names for what has another here, and what is left out and why. */
const ANSWERS: Readonly<Record<string, string>> = {
  r: "it is called rank here: rename it",
  loraR: "it is called rank here: rename it",
  loraAlpha: "it is called alpha here: rename it",
  loraDropout: "it is called dropout here: rename it",
  loraTargetModules: "it is called targetModules here: rename it",
  loraModulesToSave: "no whole weights are trained beside an adapter: remove it",
  modulesToSave: "no whole weights are trained beside an adapter: remove it",
  useDora: "an adapter is plain LoRA: remove it",
  useQalora: "an adapter is plain LoRA: remove it",
  loraBias: "biases stay as they are: remove it",
  bias: "biases stay as they are: remove it",
  taskType: "it is always CAUSAL_LM: remove it",
  peftType: "it is always LORA: remove it",
  rankPattern: "an adapter has one rank: remove it",
  alphaPattern: "an adapter has one alpha: remove it",
  excludeModules: "list what is adapted in targetModules: remove it",
  layersToTransform: "write whole names in targetModules (model.layers.0.self_attn.q_proj): remove it",
  layersPattern: "write whole names in targetModules (model.layers.0.self_attn.q_proj): remove it",
  fanInFanOut: "no supported model has transposed weights: remove it",
  trainableTokenIndices: "embeddings stay as they are: remove it",
  targetParameters: "projections are adapted, by targetModules: remove it",
};

/** What stands one level higher in PEFT's and TRL's options. */
const PLACES: Readonly<Record<string, string>> = {
  peftConfig: "lora",
  usePeft: "lora",
  loraR: "lora.rank",
  loraAlpha: "lora.alpha",
  loraDropout: "lora.dropout",
  loraTargetModules: "lora.targetModules",
  useRslora: "lora.useRslora",
};

/** Where an option of LoRA is written, for one that stands outside of `lora`; undefined for any other. */
export function loraReason(option: string): string | undefined {
  const place = PLACES[camelCase(option)];
  return place === undefined ? undefined : `it is written ${place} here: rename it`;
}

/**
 * Sentences for unknown options: a reason where there is one.
 * @param keys of zod's issue `unrecognized_keys`
 */
export function unknownOptions(keys: unknown, reasonOf: (name: string) => string | undefined): string {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return names
    .map((name) => {
      const reason = reasonOf(name);
      return reason === undefined ? `unknown option ${name}` : `${name}: ${reason}`;
    })
    .join("; ");
}

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export const loraSchema = z.strictObject(
  {
    rank: z.int().min(1).default(16).describe("Rows of A and columns of B (PEFT: r)."),
    alpha: z.number().positive().default(32).describe("The adapter is scaled by alpha / rank (PEFT: lora_alpha)."),
    dropout: z
      .number()
      .default(0)
      .refine((value) => value === 0, {
        error: "dropout must be 0: training and sampling use the same weights, and the likelihoods must agree",
      })
      .describe("Always 0: the policy that samples and the one that trains must be the same (PEFT: lora_dropout)."),
    targetModules: z
      .union([
        z.literal("all-linear"),
        z.array(z.string().min(1)).min(1, "name at least one projection, or write all-linear"),
      ])
      .default("all-linear")
      .describe(
        "What is adapted: all-linear (every projection but the output head), or names such as q_proj, or whole ones " +
          "such as model.layers.0.self_attn.q_proj (PEFT: target_modules).",
      ),
    useRslora: z
      .boolean()
      .default(false)
      .describe("Scale by alpha / sqrt(rank) instead, for high ranks (PEFT: use_rslora)."),
    initLoraWeights: z
      .union([z.literal(true), z.literal("gaussian")])
      .default(true)
      .describe(
        "How A begins: uniform as in a new linear layer (true), or normal with deviation 1 / rank (gaussian). B begins " +
          "at zero (PEFT: init_lora_weights).",
      ),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? unknownOptions(issue["keys"], (name) => ANSWERS[camelCase(name)])
        : undefined,
  },
);

/** LoRA's options, defaults applied. */
export type LoraConfig = z.output<typeof loraSchema>;
/** What a user writes; `{}` takes every default. */
export type LoraConfigInput = z.input<typeof loraSchema>;

export const loraShape = {
  lora: loraSchema
    .nullable()
    .default(null)
    .describe("Train a LoRA adapter beside the frozen model; null trains all of its weights."),
};

/** What the model is loaded with. */
export const newLora = (lora: LoraConfig | null, seed: number): NewLora | null =>
  lora === null
    ? null
    : {
        rank: lora.rank,
        alpha: lora.alpha,
        useRslora: lora.useRslora,
        targetModules: lora.targetModules,
        initLoraWeights: lora.initLoraWeights,
        seed,
      };
