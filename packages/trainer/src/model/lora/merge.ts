// An adapter added to the weights that it adapts: W + scale·B·A, as PEFT's `merge_and_unload`.
import { linearNames } from "../linear.js";
import type { Parameter, Parameters } from "../parameters.js";

/** Names of the projections that have an adapter among some weights, in their order. */
export function adaptedProjections(names: Iterable<string>): string[] {
  const ending = linearNames.loraA("");
  return [...names].filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
}

/**
 * W + scale·B·A in new memory: `weight` [outputs, inputs], `down` (A) [rank, inputs], `up` (B) [outputs, rank]. Sums in
 * float64.
 */
export function mergeProjection(weight: Parameter, down: Parameter, up: Parameter, scale: number): Parameter {
  const [outputs, inputs] = weight.shape as [number, number];
  const rank = down.shape[0] as number;
  const data = new Float32Array(weight.data.length);
  const sums = new Float64Array(inputs);
  for (let output = 0; output < outputs; output++) {
    sums.fill(0);
    for (let row = 0; row < rank; row++) {
      const factor = scale * (up.data[output * rank + row] as number);
      const start = row * inputs;
      for (let input = 0; input < inputs; input++) {
        sums[input] = (sums[input] as number) + factor * (down.data[start + input] as number);
      }
    }
    const start = output * inputs;
    for (let input = 0; input < inputs; input++) {
      data[start + input] = (weight.data[start + input] as number) + (sums[input] as number);
    }
  }
  return { shape: weight.shape, data };
}

/** A model's weights with an adapter merged into them; weights without one are the same arrays. */
export function mergeAdapter(base: Parameters, adapter: Parameters, scale: number): Record<string, Parameter> {
  const merged: Record<string, Parameter> = { ...base };
  for (const name of adaptedProjections(Object.keys(adapter))) {
    const parts = [base[linearNames.weight(name)], adapter[linearNames.loraA(name)], adapter[linearNames.loraB(name)]];
    const [weight, down, up] = parts;
    if (!weight || !down || !up) throw new Error(`The projection ${name} has no weight, or its adapter no B.`);
    merged[linearNames.weight(name)] = mergeProjection(weight, down, up, scale);
  }
  return merged;
}
