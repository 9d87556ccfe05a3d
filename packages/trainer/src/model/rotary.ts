// Rotary position embeddings (Su et al., 2021) in the layout of transformers' `rotate_half`, with the stretchings of
// `modeling_rope_utils.py`: linear and llama3.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { RotaryConfig } from "./config.js";

/**
 * Cosines and sines, [rows, 1, tokens, headDimension / 2]: one angle for each pair of elements, the same for all heads.
 */
export interface RotaryAngles {
  readonly cosine: Tensor;
  readonly sine: Tensor;
}

/** Radians per position of each pair of elements, [headDimension / 2], in float32 as transformers computes them. */
export function inverseFrequencies(headDimension: number, rotary: RotaryConfig): Float32Array {
  const frequencies = Float32Array.from({ length: headDimension / 2 }, (_, index) => {
    return 1 / Math.fround(rotary.theta ** Math.fround((2 * index) / headDimension));
  });
  const { scaling } = rotary;
  if (scaling === null) return frequencies;
  if (scaling.type === "linear") return frequencies.map((frequency) => frequency / scaling.factor);
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions: original } = scaling;
  return frequencies.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > original / low) return frequency / factor;
    if (wavelength < original / high) return frequency;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** The angles of `positions` (int32 [rows, tokens]). */
export function rotaryAngles(positions: Tensor, headDimension: number, rotary: RotaryConfig): RotaryAngles {
  const [rows, tokens] = positions.shape as [number, number];
  const frequencies = tf.tensor(inverseFrequencies(headDimension, rotary), [1, 1, 1, headDimension / 2]);
  const angles = tf.mul(tf.reshape(tf.cast(positions, "float32"), [rows, 1, tokens, 1]), frequencies);
  return { cosine: tf.cos(angles), sine: tf.sin(angles) };
}

/** Turns each head's pairs by their angles. `x` [rows, heads, tokens, headDimension]. Its gradient turns back. */
export function rotate(x: Tensor, angles: RotaryAngles): Tensor {
  const turned = tf.customGrad((...args: unknown[]) => {
    const [input, cosine, sine, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    save([cosine, sine]);
    return {
      value: turn(input, cosine, sine),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [c, s] = saved as [Tensor, Tensor];
        return [turn(dy, c, tf.neg(s)), tf.zerosLike(c), tf.zerosLike(s)];
      },
    };
  });
  return turned(x, angles.cosine, angles.sine);
}

function turn(x: Tensor, cosine: Tensor, sine: Tensor): Tensor {
  const [first, second] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.concat(
    [tf.sub(tf.mul(first, cosine), tf.mul(second, sine)), tf.add(tf.mul(second, cosine), tf.mul(first, sine))],
    -1,
  );
}
