// Random weights for a new model: normal with the config's `initializer_range`, as transformers' `_init_weights`.
import type { ModelConfig } from "./config.js";
import type { Parameter } from "./parameters.js";
import { elementCount, parameterShapes } from "./parameters.js";
import { uniform } from "../rollout/uniform.js";

/** How {@link initialize} departs from transformers' way. */
export interface InitializeOptions {
  /** Divides the projections that write to the residual stream by sqrt(2 * layers), as GPT-2 does. Default false. */
  readonly scaleResidual?: boolean;
}

/**
 * Weights of a new model: norms at one (the offset apart), biases at zero, all others normal. The same seed, the same
 * weights.
 */
export function initialize(
  config: ModelConfig,
  seed: number,
  options: InitializeOptions = {},
): Record<string, Parameter> {
  const parameters: Record<string, Parameter> = {};
  Object.entries(parameterShapes(config)).forEach(([name, shape], index) => {
    const data = new Float32Array(elementCount(shape));
    if (name.endsWith("norm.weight")) data.fill(1 - config.normOffset);
    else if (!name.endsWith(".bias")) {
      const residual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
      const shrink = residual && options.scaleResidual ? 1 / Math.sqrt(2 * config.layers) : 1;
      fillNormal(data, config.initializerRange * shrink, seed, index);
    }
    parameters[name] = { shape, data };
  });
  return parameters;
}

/** Box-Muller: two uniform numbers make two normal ones. */
function fillNormal(data: Float32Array, deviation: number, seed: number, stream: number): void {
  for (let index = 0; index < data.length; index += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform(seed, stream, index, 0)));
    const angle = 2 * Math.PI * uniform(seed, stream, index, 1);
    data[index] = radius * Math.cos(angle);
    if (index + 1 < data.length) data[index + 1] = radius * Math.sin(angle);
  }
}
