/** The part of the options that shapes the distribution which completions are drawn from. */
import type { ResolvedSampling } from "../rollout/sampler.js";
import type { GRPOConfig } from "./config.js";

export type SamplingConfig = Pick<GRPOConfig, "temperature" | "topK" | "topP" | "minP" | "repetitionPenalty">;

export const samplingOf = ({ temperature, topK, topP, minP, repetitionPenalty }: SamplingConfig): ResolvedSampling => ({
  temperature,
  topK,
  topP,
  minP: minP ?? 0,
  repetitionPenalty,
});
