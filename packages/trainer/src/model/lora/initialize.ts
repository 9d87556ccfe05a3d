// First weights of an adapter, as PEFT's `reset_lora_parameters`: A random and B zero, so that training begins with the
// base model.
import { uniform } from "../../rollout/uniform.js";
import type { ModelConfig } from "../config.js";
import { linearNames } from "../linear.js";
import { elementCount, type Parameter } from "../parameters.js";
import type { NewLora } from "./settings.js";
import { adapterShapes, projectionShapes } from "./target-modules.js";

/** The last counter of the random numbers, which no sampled token has: "LoRA" as four bytes. */
const ADAPTER = 0x4c6f5241;

/**
 * An adapter's first weights. The numbers of a projection depend on the seed and on its place in the model, not on
 * which others are adapted.
 */
export function initializeAdapter(
  config: ModelConfig,
  projections: readonly string[],
  { rank, initLoraWeights, seed }: Pick<NewLora, "rank" | "initLoraWeights" | "seed">,
): Record<string, Parameter> {
  const places = new Map(Object.keys(projectionShapes(config)).map((name, index) => [linearNames.loraA(name), index]));
  const weights: Record<string, Parameter> = {};
  for (const [name, shape] of Object.entries(adapterShapes(config, projections, rank))) {
    const data = new Float32Array(elementCount(shape));
    const place = places.get(name);
    if (place !== undefined) {
      const draw = (index: number, part: number): number => uniform(seed, place, index, ADAPTER + part);
      if (initLoraWeights === "gaussian") fillNormal(data, 1 / rank, draw);
      else fillUniform(data, 1 / Math.sqrt(shape[1] as number), draw);
    }
    weights[name] = { shape, data };
  }
  return weights;
}

/** `kaiming_uniform_` with a = sqrt(5), which comes to ±1 / sqrt(inputs). */
function fillUniform(data: Float32Array, bound: number, draw: (index: number, part: number) => number): void {
  for (let index = 0; index < data.length; index++) data[index] = bound * (2 * draw(index, 0) - 1);
}

/** Box-Muller, the cosine alone. */
function fillNormal(data: Float32Array, deviation: number, draw: (index: number, part: number) => number): void {
  for (let index = 0; index < data.length; index++) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - draw(index, 0)));
    data[index] = radius * Math.cos(2 * Math.PI * draw(index, 1));
  }
}
