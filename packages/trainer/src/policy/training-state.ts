/**
 * What a checkpoint holds of the policy beside the model: the optimizer's moments and a reference that has moved. Both
 * as safetensors, the moments under the names that PyTorch gives them.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { readFloats } from "../engine/buffers.js";
import type { Buffers } from "../engine/engine.js";
import { elementCount } from "../model/parameters.js";
import { openSafetensors, type SafetensorsFile } from "../model/safetensors.js";
import { writeSafetensors, type WritableParameters } from "../model/safetensors-write.js";
import type { Optimizer } from "../optimize/optimizer.js";
import { explainWriteError } from "../run/write-atomically.js";

const OPTIMIZER_FILE = "optimizer.safetensors";
const REFERENCE_FILE = "reference.safetensors";

/** `mean` and `meanSquare` of AdamW as PyTorch's optimizer names them. */
const MEAN = ".exp_avg";
const MEAN_SQUARE = ".exp_avg_sq";

/** What PEFT puts before the names of an adapter's weights. */
const ADAPTER_PREFIX = "base_model.model.";

/** What is saved or taken up. */
export interface TrainingState {
  /** Weights in training, by name. */
  readonly trained: Buffers;
  readonly optimizer: Optimizer;
  /** The reference's weights, where they belong to the checkpoint. */
  readonly reference: Buffers | null;
}

const shapeOf = (buffers: Buffers, name: string): readonly number[] => buffers[name]?.shape ?? [];

/** Writes the optimizer's file, and the reference's, into a folder that holds the model. Returns the optimizer's steps. */
export const saveTrainingState = async (
  folder: string,
  { trained, optimizer, reference }: TrainingState,
): Promise<number> => {
  const { steps, moments } = await optimizer.state();
  const files: Record<string, WritableParameters> = {
    [OPTIMIZER_FILE]: Object.fromEntries(
      Object.entries(moments).flatMap(([name, { mean, meanSquare }]) => [
        [`${name}${MEAN}`, { shape: shapeOf(trained, name), data: mean }],
        [`${name}${MEAN_SQUARE}`, { shape: shapeOf(trained, name), data: meanSquare }],
      ]),
    ),
  };
  if (reference) {
    files[REFERENCE_FILE] = Object.fromEntries(
      Object.keys(reference).map((name) => [
        name,
        { shape: shapeOf(reference, name), data: () => readFloats(reference[name], name) },
      ]),
    );
  }
  for (const [file, parameters] of Object.entries(files)) {
    const path = join(folder, file);
    await writeSafetensors(path, parameters).catch((error: unknown) => {
      throw explainWriteError(error, path);
    });
  }
  return steps;
};

/** Reads every tensor of a file into the array that `target` has for its name, and checks that none is left out. */
const readInto = async (
  file: SafetensorsFile,
  targets: ReadonlyMap<string, Float32Array>,
  nameOf: (stored: string) => string = (stored) => stored,
): Promise<string[]> => {
  const read: string[] = [];
  try {
    for (const tensor of file.tensors) {
      const name = nameOf(tensor.name);
      const target = targets.get(name);
      if (!target) continue;
      const { data } = await file.read(tensor);
      if (data.length !== target.length) {
        throw new PavlovError(
          `${file.path}: ${tensor.name} has ${data.length} values; ${target.length} are in training.`,
        );
      }
      target.set(data);
      read.push(name);
    }
  } finally {
    await file.close();
  }
  return read;
};

const checkComplete = (folder: string, names: Iterable<string>, read: readonly string[]): void => {
  const found = new Set(read);
  for (const name of names) {
    if (found.has(name)) continue;
    throw new PavlovError(`The checkpoint ${folder} lacks ${name}.`, {
      hint: "It was saved while another model, or another choice of trained weights, was in training.",
    });
  }
};

/** Arrays to read the values of some buffers into: the buffers' own where they are in memory. */
const targetsOf = (buffers: Buffers): Map<string, Float32Array> =>
  new Map(
    Object.entries(buffers).map(([name, { data, shape }]) => [
      name,
      data instanceof Float32Array ? data : new Float32Array(elementCount(shape)),
    ]),
  );

/** Puts what was read into the buffers that are not in memory. */
const writeBack = async (buffers: Buffers, targets: ReadonlyMap<string, Float32Array>): Promise<void> => {
  for (const [name, values] of targets) if (buffers[name]?.data === null) await buffers[name]?.write(values);
};

/** The files of a folder that hold the weights in training: the adapter's alone where there is one. */
const weightFiles = async (folder: string): Promise<string[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"));
  const adapters = files.filter((name) => name.startsWith("adapter_model"));
  return (adapters.length > 0 ? adapters : files.filter((name) => name.startsWith("model"))).map((name) =>
    join(folder, name),
  );
};

const withoutPrefix = (name: string): string =>
  name.startsWith(ADAPTER_PREFIX) ? name.slice(ADAPTER_PREFIX.length) : name;

/**
 * Puts a checkpoint's weights, moments and reference in the place of those in memory, one tensor at a time.
 * @throws PavlovError where the checkpoint is of another model, or of other trained weights.
 */
export const loadTrainingState = async (
  folder: string,
  steps: number,
  { trained, optimizer, reference }: TrainingState,
): Promise<void> => {
  const weights = targetsOf(trained);
  const read: string[] = [];
  for (const path of await weightFiles(folder)) {
    read.push(...(await readInto(await openSafetensors(path), weights, withoutPrefix)));
  }
  checkComplete(folder, weights.keys(), read);
  await writeBack(trained, weights);

  const { moments } = await optimizer.state();
  const values = new Map(
    Object.entries(moments).flatMap(([name, { mean, meanSquare }]) => [
      [`${name}${MEAN}`, mean],
      [`${name}${MEAN_SQUARE}`, meanSquare],
    ]),
  );
  checkComplete(folder, values.keys(), await readInto(await openSafetensors(join(folder, OPTIMIZER_FILE)), values));
  await optimizer.restore({ steps, moments });

  if (!reference) return;
  const frozen = targetsOf(reference);
  checkComplete(folder, frozen.keys(), await readInto(await openSafetensors(join(folder, REFERENCE_FILE)), frozen));
  await writeBack(reference, frozen);
};
