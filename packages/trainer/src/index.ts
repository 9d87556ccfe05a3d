// Engine
export type * from "./engine/engine.js";
export { trafficBetween, type Traffic } from "./engine/traffic.js";
export { createOnnxRuntimeEngine, type OnnxRuntimeOptions } from "./engine/onnxruntime/engine.js";
export { createTfjsEngine } from "./engine/tfjs/engine.js";
export { embedding, uniqueIds, type UniqueIds } from "./engine/operators/embedding.js";
export { stopGradient } from "./engine/operators/stop-gradient.js";

// Options of a GRPO run
export { configWarnings, grpoConfigSchema, leftOutReason, lossOptions } from "./grpo/config.js";
export type { GRPOConfig, GRPOConfigInput } from "./grpo/config.js";
export type { LoraConfig, LoraConfigInput } from "./grpo/config/lora-options.js";

// The mathematics of GRPO
export { computeAdvantages } from "./grpo/advantages.js";
export type { AdvantageInput, Advantages } from "./grpo/advantages.js";
export { policyLoss } from "./grpo/losses/index.js";
export type { LossType, PolicyLossInputs, PolicyLossOptions, PolicyLossResult } from "./grpo/losses/index.js";

// Models in Hugging Face layout
export type { ModelConfig } from "./model/config.js";
export { knownModelTypes, parseModelConfig } from "./model/families/index.js";
export { initialize, type InitializeOptions } from "./model/initialize.js";
export { loadModel, loadModelConfig, saveModel, type LoadedModel, type SaveModelOptions } from "./model/load.js";
export {
  completionLogProbabilities,
  type CompletionLogProbabilities,
  type LogProbabilityOptions,
} from "./model/log-probabilities.js";
export { adaptedLinear } from "./model/linear.js";
export { checkLora } from "./model/lora/check-lora.js";
export { loadAdapter, type LoadedAdapter } from "./model/lora/load-adapter.js";
export { locateModel, type LocatedModel, type LocateOptions, type ModelResolver } from "./model/lora/locate.js";
export { mergeAdapter } from "./model/lora/merge.js";
export { mergeAdapterFolder, type MergeOptions, type MergeResult } from "./model/lora/merge-folder.js";
export { saveAdapter, type SaveAdapterOptions } from "./model/lora/save-adapter.js";
export { loraScale, type LoraSettings } from "./model/lora/settings.js";
export { adaptedShapes } from "./model/lora/target-modules.js";
export { parameterCount, parameterShapes, weightSpecs, type Parameter, type Parameters } from "./model/parameters.js";
export { loadTokenizer, type EncodedText, type Tokenizer } from "./model/tokenizer.js";

// Models and datasets of the hub
export { resolveModel, type ResolvedModel, type ResolveModelOptions } from "./hub/resolve-model.js";
export {
  resolveDataset,
  type DatasetReference,
  type ResolvedDataset,
  type ResolveDatasetOptions,
} from "./hub/resolve-dataset.js";
export { locateAnywhere, type LocatedAnywhere } from "./hub/locate-anywhere.js";
export type { HubOptions, HubTiming } from "./hub/settings.js";
export { hubRecord, pinnedRevision, type HubSource, type HubSources } from "./hub/sources.js";

// Rollouts
export { createGenerator, type Completion, type GenerateOptions, type Generator } from "./rollout/generate.js";
export type { SamplingOptions } from "./rollout/sampler.js";

// Training
export { GRPOTrainer } from "./grpo/trainer.js";
export type { GRPOTrainerOptions } from "./grpo/trainer-options.js";
export type { TrainResult } from "./run/train-result.js";
export {
  evaluate,
  evaluateConfigSchema,
  evaluateSamplings,
  type EvaluateConfigInput,
  type EvaluateOptions,
  type EvaluateSampling,
} from "./grpo/evaluate.js";
export type { Evaluation } from "./grpo/evaluate-policy.js";
export { SFTTrainer, type SFTTrainerOptions } from "./sft/trainer.js";
export { sftConfigSchema, type SFTConfig, type SFTConfigInput } from "./sft/config.js";
export {
  generateConfigSchema,
  generateText,
  type GenerateConfigInput,
  type GeneratedText,
  type GenerateTextOptions,
} from "./run/generate-text.js";
export type { RolloutCompletion, RolloutFunction, RolloutRequest } from "./run/rollout-function.js";
export type { CompletionRecord } from "./run/completion-records.js";
export type { TrainEvent, TrainListener } from "./run/events.js";
export { watchDeviceMemory, type DeviceMemoryWatch } from "./device/device-memory.js";
export { DEVICES, type Device, type SkippedDevice } from "./device/device.js";
export type { EngineChoice } from "./device/open-engine.js";
export { buildTfjs, type BuildTfjsOptions, type BuiltTfjs } from "./device/build-tfjs/build-tfjs.js";
export type { PassChoice } from "./policy/training-pass.js";

// Building blocks: what GRPOTrainer is made of, for a loop of one's own
export { startPolicy, type PolicyClient } from "./policy/client.js";
export { withPolicy } from "./policy/with-policy.js";
export { loadPolicy, type Policy } from "./policy/policy.js";
export { recordedSources } from "./run/recorded-sources.js";
export { writeAtomically } from "./run/write-atomically.js";
export type { FinishedRow, GenerateRequest, TokenRow } from "./policy/protocol.js";
export { microBatchesOfStep, planBatches, type BatchPlan, type MicroBatch } from "./grpo/batch-arithmetic.js";
export { promptsOfGeneration } from "./grpo/prompt-sampler.js";
export { prepareBatch, type PreparedBatch, type PrepareOptions } from "./grpo/prepare-batch.js";
export { MetricWindow } from "./grpo/metric-window.js";
export { learningRateAt } from "./optimize/schedule.js";
export { updateRequest, type UpdateConfig } from "./optimize/update-request.js";
export { encodePrompts, type EncodedPrompt } from "./run/prompts.js";
export {
  generateAndScore,
  type GenerateAndScoreOptions,
  type GenerationBatch,
  type Rollout,
} from "./run/generate-and-score.js";
