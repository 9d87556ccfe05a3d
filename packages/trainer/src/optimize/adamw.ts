/**
 * AdamW in place on typed arrays, in the order of PyTorch's `torch.optim.AdamW` (decoupled decay, moments, bias
 * correction, epsilon outside the square root). Each element is computed in float64 and rounded once when stored;
 * parameters and moments are float32, as in PyTorch.
 */

export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Of parameters that `decaysWeight` names. */
  readonly weightDecay: number;
}

/** Running means of one parameter's gradient and of its square. */
export interface Moments {
  readonly mean: Float32Array;
  readonly meanSquare: Float32Array;
}

export function createMoments(size: number): Moments {
  return { mean: new Float32Array(size), meanSquare: new Float32Array(size) };
}

/** Hugging Face `Trainer.get_decay_parameter_names`. */
const NOT_DECAYED = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm(?:$|\.)/];

/** Whether weight decay applies to the parameter of this name: not to biases and norms. */
export function decaysWeight(name: string): boolean {
  const lowered = name.toLowerCase();
  return !NOT_DECAYED.some((pattern) => pattern.test(lowered));
}

/**
 * Updates `parameter` and `moments` in place.
 *
 * @param step Counts from 1.
 * @param gradientScale Multiplies the gradient first: the clip coefficient, which so costs no pass of its own.
 */
export function adamWStep(
  parameter: Float32Array,
  gradient: Float32Array,
  moments: Moments,
  step: number,
  { learningRate, beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  gradientScale = 1,
): void {
  const { mean, meanSquare } = moments;
  const decay = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  const size = parameter.length;
  if (gradient.length !== size || mean.length !== size || meanSquare.length !== size) {
    throw new RangeError(`AdamW: ${size} values, ${gradient.length} gradients, ${mean.length} moments.`);
  }
  for (let index = 0; index < size; index += 1) {
    const slope = (gradient[index] as number) * gradientScale;
    const first = (mean[index] as number) * beta1 + slope * rest1;
    const second = (meanSquare[index] as number) * beta2 + slope * slope * rest2;
    mean[index] = first;
    meanSquare[index] = second;
    const denominator = Math.sqrt(second) / rootCorrection + epsilon;
    parameter[index] = (parameter[index] as number) * decay - (stepSize * first) / denominator;
  }
}
