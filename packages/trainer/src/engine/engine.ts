/**
 * What runs tensor programs. A program is a pure function of tensors written once over TensorFlow.js; an engine
 * compiles it (ONNX Runtime) or runs it kernel by kernel (any tfjs backend). Buffers live where the engine computes:
 * on a CPU they are typed arrays, on a GPU nothing crosses into JavaScript until `read`.
 */
import type { Tensor } from "@tensorflow/tfjs";
import type { Traffic } from "./traffic.js";

export type DType = "float32" | "int32" | "bool";
export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** A dimension: a size, or the name of one that differs from run to run (`rows`, `length`). */
export type Dimension = number | string;

export interface TensorSpec {
  readonly shape: readonly Dimension[];
  readonly dtype: DType;
}

export type Specs = Readonly<Record<string, TensorSpec>>;

/**
 * Tensors by name. The order of the keys of a program's result is the order of its outputs, and of their computation as
 * far as they do not depend on one another: list gradients last, in the model's forward order, so that each layer's
 * weight gradients are computed with that layer's backward pass and its activations are freed (see trace/order.ts).
 */
export type Tensors = Readonly<Record<string, Tensor>>;

export type TensorProgram = (inputs: Tensors) => Tensors;

/** A tensor that the engine owns. */
export interface Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The values themselves, writable in place, where the buffer lives in this thread's memory; null on a device. */
  readonly data: TypedArray | null;
  /** A copy of the values. */
  read(): Promise<TypedArray>;
  /** Puts other values in the place of these. */
  write(data: TypedArray): Promise<void>;
  /** Frees what it holds. The `data` of a program's result is empty from then on. */
  dispose(): void;
}

export type Buffers = Readonly<Record<string, Buffer>>;

export interface Program {
  readonly name: string;
  /**
   * Runs once. Inputs are not consumed; the caller disposes the outputs. Results that `into` names are written to its
   * buffers and are not among the outputs; such a buffer may be an input as well where nothing reads that input behind the
   * result. A program with {@link CompileOptions.keeps} takes no `into`.
   */
  run(inputs: Buffers, into?: Buffers): Promise<Record<string, Buffer>>;
  /** Gives back what it holds of its constants, until {@link refresh}. */
  forget(): void;
  /** Reads its constants again, whose memory has other values now. May choose anew whether threads spin. */
  refresh(options?: Pick<CompileOptions, "spinning">): Promise<void>;
  dispose(): void;
}

/** What only a compiling engine heeds; an eager one ignores it. */
export interface CompileOptions {
  /**
   * Inputs, by name, whose values become part of the program: ONNX Runtime packs such weights once, so that decoding is
   * faster. Later changes of their memory are seen after {@link Program.refresh}, and they are no longer inputs.
   */
  readonly constants?: Buffers;
  /**
   * Lets idle threads spin between the operators of a run: faster on idle processors, slower on busy ones. It changes
   * no result. Off by default.
   */
  readonly spinning?: boolean;
  /** Computes what a program states twice twice (activation checkpointing), instead of keeping it. */
  readonly recompute?: boolean;
  /**
   * For programs that run rarely or one after another: ONNX Runtime does not reserve memory for a run as a whole beside
   * what its first run took, which halves what the program holds. Off by default.
   */
  readonly frugal?: boolean;
  /**
   * Results that stay where the engine computes, for other programs. On a device the others, small ones that this thread
   * looks at, are copied into its memory by each run; an engine that computes in memory makes no difference.
   */
  readonly keeps?: "all" | ((result: string) => boolean);
  /** Throws errors of its runs without printing them as well: for what may fail. */
  readonly quiet?: boolean;
  /** Writes ONNX Runtime's profile of all runs to a file with this prefix, when the program is disposed. */
  readonly profilePrefix?: string;
}

export interface Engine {
  /** `onnxruntime`, with the provider where that is not the CPU, or `tfjs` with its backend's name. */
  readonly name: string;
  /** True where buffers are typed arrays in this thread's memory; false where they lie on a device. */
  readonly inMemory: boolean;
  /** True where buffers lie in memory but runs copy them to a device: weights that stay are better constants there. */
  readonly copiesInputs?: boolean;
  /** Bytes of a buffer to which programs surely write single rows; all where absent. See scatter-trial.ts. */
  readonly mostScattered?: number;
  compile(name: string, program: TensorProgram, inputs: Specs, options?: CompileOptions): Promise<Program>;
  /**
   * Values for a run, in this thread's memory: a device gets a copy with each run. Takes ownership of `data` where the
   * engine computes in this thread's memory.
   */
  buffer(data: TypedArray, shape: readonly number[], dtype?: DType): Buffer;
  /** Values that many runs read or change, where the engine computes: weights, moments, caches. Owns `data` likewise. */
  resident(data: TypedArray, shape: readonly number[], dtype?: DType): Promise<Buffer>;
  /** The first elements of a buffer under another shape, without copying. Disposing it leaves the buffer alone. */
  view(buffer: Buffer, shape: readonly number[]): Buffer;
  /**
   * What has crossed between memory and the device so far, once the device has done all that it was asked for. Absent
   * where nothing crosses.
   */
  traffic?(): Promise<Traffic>;
  dispose(): void;
}
