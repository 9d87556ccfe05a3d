/** Moves a reference towards the policy where the weights lie (TR-DPO, Gorbatovski et al., 2024; TRL's SyncRefModel). */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { floatsInMemory } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program, TensorProgram } from "../engine/engine.js";
import { anyOfRank, keepPrograms } from "../engine/kept-programs.js";

/** reference <- alpha * policy + (1 - alpha) * reference, in place. */
export type Follow = (reference: Buffers, policy: Buffers, alpha: number) => Promise<void>;

const followInMemory: Follow = async (reference, policy, alpha) => {
  for (const name of Object.keys(reference)) {
    const [frozen, current] = [floatsInMemory(reference[name], name), floatsInMemory(policy[name], name)];
    for (let index = 0; index < frozen.length; index++) {
      frozen[index] = alpha * (current[index] as number) + (1 - alpha) * (frozen[index] as number);
    }
  }
};

const mix: TensorProgram = (inputs) => {
  const [alpha, frozen, current] = ["alpha", "frozen", "current"].map((name) => inputs[name] as Tensor);
  const kept = tf.mul(frozen as Tensor, tf.sub(1, alpha as Tensor));
  return { frozen: tf.add(tf.mul(current as Tensor, alpha as Tensor), kept) };
};

/** On a device; one program serves all weights of a rank. */
const followOnDevice = (engine: Engine): Follow => {
  const programs = keepPrograms(engine);
  const programOf = (rank: number): Promise<Program> =>
    programs.get(`follow-${rank}`, () => {
      const spec = anyOfRank(rank);
      return { program: mix, inputs: { alpha: { shape: [], dtype: "float32" }, frozen: spec, current: spec } };
    });
  return async (reference, policy, value) => {
    const alpha = engine.buffer(Float32Array.of(value), []);
    for (const [name, frozen] of Object.entries(reference)) {
      const program = await programOf(frozen.shape.length);
      await program.run({ alpha, frozen, current: policy[name] as Buffer }, { frozen });
    }
    alpha.dispose();
  };
};

export const createFollower = (engine: Engine): Follow => (engine.inMemory ? followInMemory : followOnDevice(engine));
