// Engine
export type * from "./engine/engine.js";
export { createOnnxRuntimeEngine, type OnnxRuntimeOptions } from "./engine/onnxruntime/engine.js";
export { createTfjsEngine } from "./engine/tfjs/engine.js";
export { embedding, uniqueIds, type UniqueIds } from "./engine/operators/embedding.js";
export { stopGradient } from "./engine/operators/stop-gradient.js";

// Options of a GRPO run
export { configWarnings, grpoConfigSchema, leftOutReason, lossOptions } from "./grpo/config.js";
export type { GRPOConfig, GRPOConfigInput } from "./grpo/config.js";

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
export { parameterCount, parameterShapes, type Parameter, type Parameters } from "./model/parameters.js";
export { loadTokenizer, type EncodedText, type Tokenizer } from "./model/tokenizer.js";

// Rollouts
export { createGenerator, type Completion, type GenerateOptions, type Generator } from "./rollout/generate.js";
export type { SamplingOptions } from "./rollout/sampler.js";

// Training
export { GRPOTrainer, type GRPOTrainerOptions, type TrainResult } from "./grpo/trainer.js";
export { evaluate, evaluateConfigSchema, type EvaluateConfigInput, type EvaluateOptions } from "./grpo/evaluate.js";
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
export type { CompletionRecord } from "./run/completion-records.js";
export type { TrainEvent, TrainListener } from "./run/events.js";
export type { EngineChoice } from "./policy/protocol.js";
