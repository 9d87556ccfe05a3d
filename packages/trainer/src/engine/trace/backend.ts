/**
 * The TensorFlow.js backend `trace`: its tensors have a name in a graph instead of values. Kernels (see kernels/) append
 * nodes to the graph that is being recorded.
 */
import * as tf from "@tensorflow/tfjs";
import type { DataType, TensorInfo } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { DType, TypedArray } from "../engine.js";
import { typedValues } from "../memory-buffer.js";
import type { Graph } from "./graph.js";

/** The name under which the backend is registered. */
export const traceBackendName = "trace";

/** A tensor's values, one value that all elements share, or a name in a graph. */
export type Content =
  | { readonly kind: "values"; readonly values: TypedArray }
  | { readonly kind: "uniform"; readonly value: number }
  | { readonly kind: "recorded"; readonly graph: Graph; readonly name: string; readonly kernel: string };

interface Entry {
  readonly shape: readonly number[];
  readonly dtype: DType;
  content: Content;
  references: number;
}

/** The dtype, where the engine knows it. */
export function supportedDType(dtype: DataType): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new PavlovError(`a recorded program cannot hold ${dtype} tensors: use float32, int32 or bool`);
}

/** A typed array of the dtype with `size` equal elements. */
function filled(size: number, value: number, dtype: DType): TypedArray {
  if (dtype === "float32") return new Float32Array(size).fill(value);
  return dtype === "int32" ? new Int32Array(size).fill(value) : new Uint8Array(size).fill(value);
}

/** The value that all elements share, or null. Positive and negative zero differ. */
function sharedValue(values: TypedArray): number | null {
  const first = values[0];
  if (first === undefined || Number.isNaN(first)) return null;
  return values.every((value) => Object.is(value, first)) ? first : null;
}

export class TraceBackend extends tf.KernelBackend {
  readonly #entries = new WeakMap<object, Entry>();
  readonly #dataMover: { moveData(backend: tf.KernelBackend, dataId: object): void };
  readonly #graphs: Graph[] = [];
  #count = 0;

  constructor() {
    super();
    this.#dataMover = tf.engine();
  }

  /** The graph that is being recorded. */
  get graph(): Graph {
    const graph = this.#graphs.at(-1);
    if (graph === undefined) {
      throw new PavlovError(`the "${traceBackendName}" backend computes nothing outside of a recording`, {
        hint: "Compile the program with an engine instead of selecting this backend.",
      });
    }
    return graph;
  }

  /** Records into `graph` until `record` returns; recordings may nest. */
  recordInto<T>(graph: Graph, record: () => T): T {
    this.#graphs.push(graph);
    try {
      return record();
    } finally {
      this.#graphs.pop();
    }
  }

  /** Makes the info of a tensor of the graph, its values or its uniform value. */
  make(content: Content, shape: readonly number[], dtype: DType): TensorInfo {
    const dataId = {};
    this.#entries.set(dataId, { content, shape, dtype, references: 1 });
    this.#count += 1;
    return { dataId, shape: [...shape], dtype };
  }

  /** What a tensor is; one that another backend holds is fetched from there. */
  content(tensor: TensorInfo): Content {
    return this.#entry(tensor.dataId).content;
  }

  /** The same data under another shape of as many elements. */
  share(tensor: TensorInfo, shape: readonly number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  #entry(dataId: object): Entry {
    if (!this.#entries.has(dataId)) this.#dataMover.moveData(this, dataId);
    return this.#entries.get(dataId) as Entry;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: DataType, references: number): void {
    const known = supportedDType(dtype);
    const array = typedValues(values as unknown as ArrayLike<number>, known);
    const content = this.#constantContent(array, shape, known);
    this.#entries.set(dataId, { content, shape, dtype: known, references });
    this.#count += 1;
  }

  /** Values are held as they are unless they are all equal, or a number or shape stands for an unknown size. */
  #constantContent(values: TypedArray, shape: readonly number[], dtype: DType): Content {
    const shared = sharedValue(values);
    const graph = this.#graphs.at(-1);
    if (graph === undefined || graph.sizes.isStatic) {
      return shared === null ? { kind: "values", values } : { kind: "uniform", value: shared };
    }
    if (shared !== null && values.length === 1 && dtype !== "bool" && graph.isSymbolic(shared)) {
      return { kind: "recorded", graph, name: graph.sizeScalar(shared, dtype), kernel: "a size" };
    }
    if (shared !== null) return { kind: "uniform", value: shared };
    if (shape.some((size) => graph.isSymbolic(size))) {
      throw new PavlovError(
        `a constant's shape depends on a symbolic size (${graph.declaredShape(shape).join(", ")}): ` +
          "make it an input of the program, or compute it with tf.range, tf.fill or comparisons",
      );
    }
    return { kind: "values", values };
  }

  override readSync(dataId: object): tf.BackendValues {
    const { content, shape, dtype } = this.#entry(dataId);
    if (content.kind === "values") return content.values as tf.BackendValues;
    if (content.kind === "uniform") {
      return filled(tf.util.sizeFromShape([...shape]), content.value, dtype) as tf.BackendValues;
    }
    throw new PavlovError(
      `a program reads the values of the result of ${content.kernel} (shape [${shape.join(", ")}]) ` +
        "while it is being recorded, when there are none yet",
      { hint: "Return the tensor from the program and read it afterwards." },
    );
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return new Promise((resolve) => resolve(this.readSync(dataId)));
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (entry === undefined) return true;
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    this.#entries.delete(dataId);
    this.#count -= 1;
    return true;
  }

  override incRef(dataId: object): void {
    this.#entry(dataId).references += 1;
  }

  override refCount(dataId: object): number {
    return this.#entries.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return this.#count;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override dispose(): void {}
}
