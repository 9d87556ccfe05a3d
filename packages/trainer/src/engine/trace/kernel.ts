/** What a recording kernel is given and gives: names of values in, a tensor's info out. */
import * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import { type Content, supportedDType, type TraceBackend } from "./backend.js";
import type { DType } from "../engine.js";
import type { Graph } from "./graph.js";

/** A kernel that records itself. */
export type Kernel = (recording: Recording, inputs: object, attributes: object) => TensorInfo | TensorInfo[];

/** A family of kernels by their TensorFlow.js names. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Gives a kernel the types of its inputs and attributes, as TensorFlow.js declares them. */
export function kernel<Inputs extends object, Attributes extends object>(
  record: (recording: Recording, inputs: Inputs, attributes: Attributes) => TensorInfo | TensorInfo[],
): Kernel {
  return (recording, inputs, attributes) => record(recording, inputs as Inputs, attributes as Attributes);
}

/** One kernel's view of the recording: the graph and the tensors in it. */
export class Recording {
  readonly graph: Graph;
  readonly #backend: TraceBackend;
  readonly #kernel: string;

  constructor(backend: TraceBackend, kernelName: string) {
    this.#backend = backend;
    this.#kernel = kernelName;
    this.graph = backend.graph;
  }

  /** The name of a tensor's value, in its full shape. */
  value(tensor: TensorInfo): string {
    const content = this.#backend.content(tensor);
    const dtype = supportedDType(tensor.dtype);
    if (content.kind === "recorded") return this.#recordedName(content, tensor);
    if (content.kind === "values") return this.graph.constant(content.values, tensor.shape, dtype);
    if (tensor.shape.every((size) => size === 1)) return this.graph.constant([content.value], tensor.shape, dtype);
    return this.graph.emit("Expand", [this.graph.scalar(content.value, dtype), this.graph.shapeVector(tensor.shape)]);
  }

  /** The name of a value for an operator that broadcasts: a uniform tensor stays one number. */
  operand(tensor: TensorInfo): string {
    const uniform = this.uniform(tensor);
    return uniform === null ? this.value(tensor) : this.graph.scalar(uniform, supportedDType(tensor.dtype));
  }

  /** The value that all elements of a tensor share, where that is known while recording. */
  uniform(tensor: TensorInfo): number | null {
    const content = this.#backend.content(tensor);
    return content.kind === "uniform" ? content.value : null;
  }

  /** The tensor of a value that was just recorded. */
  produce(name: string, shape: readonly number[], dtype: DType): TensorInfo {
    return this.#backend.make({ kind: "recorded", graph: this.graph, name, kernel: this.#kernel }, shape, dtype);
  }

  /** A tensor all of whose elements are equal. */
  fill(value: number, shape: readonly number[], dtype: DType): TensorInfo {
    return this.#backend.make({ kind: "uniform", value }, shape, dtype);
  }

  /** The same tensor again. */
  share(tensor: TensorInfo): TensorInfo {
    return this.#backend.share(tensor);
  }

  /** Refuses what the kernel cannot record. */
  refuse(reason: string): never {
    throw new PavlovError(`${this.#kernel} cannot be recorded: ${reason}`);
  }

  #recordedName(content: Extract<Content, { kind: "recorded" }>, tensor: TensorInfo): string {
    if (content.graph === this.graph) return content.name;
    throw new PavlovError(
      `${this.#kernel} uses a tensor of another recording (the result of ${content.kernel}, ` +
        `shape [${tensor.shape.join(", ")}]): return it from that program and pass it to this one as an input`,
    );
  }
}

/** The shape that two operands broadcast to. */
export function broadcastShape(a: TensorInfo, b: TensorInfo): number[] {
  return tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
}

/** Axes from 0, sorted as given; all of them when none are named. */
export function axesOf(axis: number | readonly number[] | undefined, shape: number[]): number[] {
  return tf.util.parseAxisParam(axis as number | number[], shape);
}

/** A single axis from 0. */
export function axisOf(axis: number, shape: number[]): number {
  return axesOf(axis, shape)[0] as number;
}
