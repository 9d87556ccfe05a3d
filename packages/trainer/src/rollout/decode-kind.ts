// Which decode program a generation batch takes. The choice decides the last bits of log-probabilities, so it depends
// on the model and the request alone: a clock would make two runs of one seed differ.
import { PavlovError } from "@pavlov/core";
import type { Engine } from "../engine/engine.js";
import type { DecodeKind } from "./programs.js";

/** How the sampling program computes. */
export interface RolloutOptions {
  /** Numbers of the products: float32, or 8 bits on both sides. Default float32. */
  readonly precision?: "float32" | "int8";
  /** Where float32 weights lie: read from where training keeps them, or copied into the program. Default auto. */
  readonly weights?: "auto" | "inputs" | "constants";
}

/** Models with fewer parameters decode as fast by the model's own functions. */
const smallModel = 2 ** 24;

/**
 * Steps after which packed float32 weights have repaid their copying. Both sides grow with the bytes of the weights, so
 * that the quotient differs little between models: a refresh takes as long as the time that some 40 steps save (135 M
 * parameters and 8 rows on two cores with AVX-512: 0.46 s, and 11 ms a step).
 */
const repayingSteps = 48;

/** What the choice depends on. */
export interface KindRequest {
  readonly maxCompletionLength: number;
  readonly rollout?: RolloutOptions;
}

/** The decode program for a request. */
export function decodeKind(
  engine: Pick<Engine, "name" | "inMemory" | "copiesInputs">,
  weights: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  { maxCompletionLength, rollout = {} }: KindRequest,
): DecodeKind {
  const { precision = "float32", weights: place = "auto" } = rollout;
  if (!engine.inMemory) {
    if (precision === "float32") return "plain";
    if (engine.name === "onnxruntime webgpu") return "int8";
    throw new PavlovError(`rollout.precision is ${precision}, which the engine ${engine.name} does not have.`, {
      hint: "Choose device: cpu or webgpu, or leave rollout.precision out.",
    });
  }
  if (precision === "int8") return "int8";
  // Otherwise each token would bring all weights to the device.
  if (place === "constants" || engine.copiesInputs === true) return "packed";
  if (place === "inputs") return "streamed";
  const parameters = Object.values(weights).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (parameters < smallModel || engine.name !== "onnxruntime") return "plain";
  return maxCompletionLength >= repayingSteps ? "packed" : "streamed";
}
