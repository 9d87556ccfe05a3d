/**
 * Options of TRL's `GRPOConfig` and Hugging Face's `TrainingArguments` that this trainer does not have, and why. They
 * concern vLLM, CUDA, Liger kernels, several processes, tools and images, or they live elsewhere in the config.
 */
import { loraReason } from "./lora-options.js";

const VLLM = "generation runs in the engine, not in vLLM: remove it";
const DEVICES = "the trainer runs in one process on one device: remove it";
const TOOLS = "completions call no tools: remove it";
const PRECISION = "the engine trains in float32: remove it";
const HUB = "nothing is uploaded: push the saved model yourself and remove it";
const LIGER = "the engine fuses its own kernels: remove it";
const CONTINUOUS = "finished rows leave the batch by themselves: remove it";

const LEFT_OUT: Readonly<Record<string, string>> = {
  useLigerKernel: LIGER,
  ligerKernelConfig: LIGER,
  torchCompile: "programs are always compiled: remove it",
  bf16: PRECISION,
  fp16: PRECISION,
  tf32: PRECISION,
  castLmHeadToFp32: PRECISION,
  gradientCheckpointingKwargs: "checkpointing has no options: remove it",
  activationCheckpointing: "it is called gradientCheckpointing here: rename it",
  ds3GatherForGeneration: DEVICES,
  deepspeed: DEVICES,
  fsdp: DEVICES,
  parallelismConfig: DEVICES,
  useCpu: "the engine chooses the device: remove it",
  autoFindBatchSize: "a smaller batch could split a group: lower perDeviceTrainBatchSize instead",
  useTransformersContinuousBatching: CONTINUOUS,
  transformersContinuousBatchingConfig: CONTINUOUS,
  useTransformersPaged: CONTINUOUS,
  cacheImplementation: "the engine keeps its own cache: remove it",
  padToMultipleOf: "the engine pads to lengths of its own: remove it",
  generationKwargs:
    "write each sampling option by its own name (temperature, topP, topK, minP, repetitionPenalty, minCompletionLength)",
  minNewTokens: "it is called minCompletionLength here: rename it",
  rewardWeights: "write the weight beside each reward (rewards.<name>.weight)",
  rewardFuncs: "rewards are named under `rewards`",
  maxPromptLength: "prompts are never cut, and one longer than the context is an error: remove it",
  maxToolCallingIterations: TOOLS,
  logMultimodal: "completions hold text only: remove it",
  logCompletionsHubRepo: HUB,
  numCompletionsToPrint: "the run's folder holds every completion: remove it",
  logUniquePrompts: "the run's folder holds every completion: remove it",
  pushToHub: HUB,
  modelInitKwargs: "the model is named under `model`: remove it",
  trustRemoteCode: "no code is loaded from a model's folder: remove it",
  routerAuxLossCoef: "no mixture-of-experts model is supported: remove it",
  disableDropout: "no model of a supported family has dropout: remove it",
  removeUnusedColumns: "each reward reads the columns it declares: remove it",
  optim: "AdamW is the only optimizer: remove it",
  outputDir: "the run's folder is named by `output`",
  loggingFirstStep: "every step is logged: remove it",
  resumeFromCheckpoint: "start with --resume (`resumeFrom` of GRPOTrainer) and remove it",
  reportTo: "metrics are written to the run's folder: remove it",
  dataSeed: "the order of prompts follows seed, as in TRL: remove it",
  loadBestModelAtEnd: "choose among the saved checkpoints by metrics.jsonl: remove it",
  useVllm: VLLM,
};

/** Correction options that TRL names after vLLM and that exist here for any engine. */
const RENAMED: Readonly<Record<string, string>> = {
  vllmImportanceSamplingCorrection: "importanceSamplingCorrection",
  vllmImportanceSamplingMode: "importanceSamplingMode",
  vllmImportanceSamplingClipMax: "importanceSamplingClipMax",
  vllmImportanceSamplingClipMin: "importanceSamplingClipMin",
  vllmImportanceSamplingCap: "importanceSamplingClipMax",
};

/** Why a known option of TRL is missing and what to do, or undefined for a name that TRL does not have either. */
export function leftOutReason(option: string): string | undefined {
  const name = option.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const renamed = RENAMED[name];
  if (renamed !== undefined) return `it is called ${renamed} here, since it serves any engine: rename it`;
  return loraReason(name) ?? LEFT_OUT[name] ?? (/^vllm[A-Z]/.test(name) ? VLLM : undefined);
}
