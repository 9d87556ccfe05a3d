/** Rotary angles of a packed batch, computed once in JavaScript and fed to every layer. */
import type { RotaryConfig } from "../../model/config.js";
import { inverseFrequencies } from "../../model/rotary.js";

/** Cosines and sines of `positions`, each [positions, headDimension / 2], rounded as a float32 program rounds them. */
export const rotaryTables = (
  positions: Float32Array,
  headDimension: number,
  rotary: RotaryConfig,
): { readonly cosine: Float32Array; readonly sine: Float32Array } => {
  const frequencies = inverseFrequencies(headDimension, rotary);
  const width = frequencies.length;
  const cosine = new Float32Array(positions.length * width);
  const sine = new Float32Array(positions.length * width);
  positions.forEach((position, token) => {
    for (let pair = 0; pair < width; pair++) {
      const angle = Math.fround(position * (frequencies[pair] as number));
      cosine[token * width + pair] = Math.cos(angle);
      sine[token * width + pair] = Math.sin(angle);
    }
  });
  return { cosine, sine };
};
