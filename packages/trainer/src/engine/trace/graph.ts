/** The graph under construction: nodes in the order of recording, constants kept once, shapes that only a run knows. */
import { createHash } from "node:crypto";
import { bytesOf } from "../binding-limit.js";
import type { DType } from "../engine.js";
import { type ElementType, type OnnxAttribute, type OnnxNode, type OnnxTensor, runtimeDomain } from "./onnx-writer.js";
import { fixedSize, type SizeExpression, type SizeTable, soleSymbol, spellSize } from "./sizes.js";

/** Stands for "to the end of the axis" in a Slice; any size is smaller. */
export const endOfAxis: number = Number.MAX_SAFE_INTEGER;

export interface GraphOptions {
  /** Operators that the graph must do without, which kernels compose of others; see {@link Graph.lacks}. */
  readonly lacks: ReadonlySet<LackedOperator>;
  /**
   * Sizes that only a run knows are given to it as small inputs, for a provider on a device: computing with sizes is
   * the CPU's work, and each such operator would be one that falls back to it.
   */
  readonly givenSizes: boolean;
  /** Large constants are further inputs, whose values the runner holds (see {@link Graph.bindConstant}). */
  readonly constantsAsInputs: boolean;
  /** Most bytes of what ScatterND writes to, where its size is known (see binding-limit.ts); larger is looked up. */
  readonly mostScattered: number;
}

/** An input that a run computes from the sizes of the others. */
export interface GivenSizes {
  readonly name: string;
  readonly type: "int64" | "int32" | "float32";
  /** One number for each element; a scalar where `isScalar`. */
  readonly sizes: readonly SizeExpression[];
  readonly isScalar: boolean;
}

/**
 * An ONNX operator that a provider may lack, alone or for a dtype or a use: `Pow` of two shapes, and `ScatterND` that
 * adds nothing up. One that is too inexact is lacking too.
 */
export type LackedOperator =
  | "FusedMatMul"
  | "Mod:int32"
  | "Neg:int32"
  | "Abs:int32"
  | "Slice:int32"
  | "Sin"
  | "Cos"
  | "Round"
  | "Sign"
  | "Or"
  | "ArgMax"
  | "ArgMin"
  | "TopK"
  | "Pow:broadcast"
  | "ScatterND:none";

/** A value under the shape that it has. */
export interface ShapedValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The little-endian bytes of a constant in its element type. */
function elementBytes(values: ArrayLike<number>, type: ElementType): Uint8Array {
  const typed = (() => {
    switch (type) {
      case "float32":
        return values instanceof Float32Array ? values : Float32Array.from(values);
      case "int32":
        return values instanceof Int32Array ? values : Int32Array.from(values);
      case "int64":
        return BigInt64Array.from(Array.from(values, BigInt));
      case "int8":
        return values instanceof Int8Array ? values : Int8Array.from(values);
      default:
        return values instanceof Uint8Array ? values : Uint8Array.from(values);
    }
  })();
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** Records nodes and constants under names of its own (`%12`), which no input or output can have. */
export class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly sizes: SizeTable;
  readonly #options: GraphOptions;
  readonly #given = new Map<string, GivenSizes>();
  readonly #producers = new Map<string, number>();
  readonly #constants = new Map<string, string>();
  readonly #sizeValues = new Map<string, string>();
  readonly #reshaped = new Map<string, ShapedValue>();
  readonly #plainSums = new Set<string>();
  readonly #symbolSources = new Map<string, { readonly input: string; readonly axis: number }>();
  #count = 0;

  constructor(sizes: SizeTable, options: GraphOptions) {
    this.sizes = sizes;
    this.#options = options;
  }

  /** Inputs that a run computes from the sizes of the others. */
  get given(): readonly GivenSizes[] {
    return [...this.#given.values()];
  }

  /** True where the graph must do without the operator. */
  lacks(operator: LackedOperator): boolean {
    return this.#options.lacks.has(operator);
  }

  /** True where ScatterND may write to a float32 tensor of this shape. */
  scattersTo(shape: readonly number[]): boolean {
    return shape.some((size) => this.isSymbolic(size)) || bytesOf(shape) <= this.#options.mostScattered;
  }

  /** Says from which input's axis a symbol's size is taken at run time. */
  bindSymbol(symbol: string, input: string, axis: number): void {
    if (!this.#symbolSources.has(symbol)) this.#symbolSources.set(symbol, { input, axis });
  }

  /** Appends a node and returns the name of its only output. */
  emit(operator: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    return this.emitMany(operator, inputs, 1, attributes)[0] as string;
  }

  /** Appends a node of ONNX Runtime's own domain. */
  emitRuntime(operator: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    return this.emitMany(operator, inputs, 1, attributes, runtimeDomain)[0] as string;
  }

  /** Appends a node with several outputs. */
  emitMany(
    operator: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Record<string, OnnxAttribute> = {},
    domain = "",
  ): string[] {
    const outputs = Array.from({ length: outputCount }, () => `%${this.#count++}`);
    for (const output of outputs) this.#producers.set(output, this.nodes.length);
    const name = `${operator}_${outputs[0]?.slice(1)}`;
    this.nodes.push({ name, operator, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** Notes that `name` has the elements of another value in another shape. */
  rememberSource(name: string, source: ShapedValue): void {
    this.#reshaped.set(name, this.#reshaped.get(source.name) ?? source);
  }

  /** The value of which `name` is another shape, where it was noted. */
  sourceOf(name: string): ShapedValue | null {
    return this.#reshaped.get(name) ?? null;
  }

  /** Notes that an Add without broadcasting computes `sum`. */
  notePlainSum(sum: string): void {
    this.#plainSums.add(sum);
  }

  /**
   * Puts one node of ONNX Runtime's in the place of a noted Add: it computes the sum and `output`, which this returns;
   * null where `sum` was not noted. `others` are the node's inputs behind the summands, available from the start.
   */
  fuseSum(
    sum: string,
    operator: string,
    others: readonly string[],
    attributes: Record<string, OnnxAttribute>,
  ): string | null {
    const index = this.#producers.get(sum) ?? -1;
    const node = this.nodes[index];
    if (!node || !this.#plainSums.delete(sum) || others.some((other) => this.isComputed(other))) return null;
    const output = `%${this.#count++}`;
    this.nodes[index] = {
      name: `${operator}_${output.slice(1)}`,
      operator,
      domain: runtimeDomain,
      inputs: [...node.inputs, ...others],
      outputs: [output, "", "", sum],
      attributes,
    };
    this.#producers.set(output, index);
    return output;
  }

  /** True for a node's output, false for inputs and constants. */
  isComputed(name: string): boolean {
    return this.#producers.has(name);
  }

  /** Puts a label before the name of the node that computes a value. */
  labelProducer(output: string, label: string): void {
    const index = this.#producers.get(output) ?? -1;
    const node = this.nodes[index];
    if (node !== undefined) this.nodes[index] = { ...node, name: `${label}/${node.name}` };
  }

  /** The name of a constant; equal constants share one. */
  constant(values: ArrayLike<number>, shape: readonly number[], type: ElementType): string {
    const bytes = elementBytes(values, type);
    const key = `${type} ${shape.join()} ${createHash("sha256").update(bytes).digest("base64")}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `%${this.#count++}`;
    this.initializers.push({ name, shape, type, bytes });
    this.#constants.set(key, name);
    return name;
  }

  /** A vector of fixed 64-bit integers: axes, steps. */
  integers(values: readonly number[]): string {
    return this.constant(values, [values.length], "int64");
  }

  /** A scalar in a tensor's element type. */
  scalar(value: number, type: DType): string {
    return this.constant([value], [], type);
  }

  /** A large constant, such as an input's values: it stays outside of the model, under a name of its own. */
  bindConstant(name: string, values: ArrayLike<number>, shape: readonly number[], type: ElementType): string {
    this.initializers.push({ name, shape, type, bytes: elementBytes(values, type), external: true });
    return name;
  }

  /** A shape, or starts, ends and paddings, as a vector of 64-bit integers; computed where it has symbols. */
  shapeVector(sizes: readonly number[]): string {
    if (this.#options.givenSizes && sizes.some((size) => size !== endOfAxis && this.isSymbolic(size))) {
      const meanings = sizes.map((size) => (size === endOfAxis ? new Map([["", size]]) : this.sizes.read(size)));
      return this.#give(meanings, "int64", false);
    }
    const parts: string[] = [];
    let fixed: number[] = [];
    const flush = () => {
      if (fixed.length > 0) parts.push(this.integers(fixed));
      fixed = [];
    };
    for (const size of sizes) {
      const meaning = size === endOfAxis ? null : this.sizes.read(size);
      const number = meaning === null ? size : fixedSize(meaning);
      if (number !== null) fixed.push(number);
      else {
        flush();
        parts.push(this.#sizeValue(meaning as SizeExpression));
      }
    }
    flush();
    if (parts.length === 0) return this.integers([]);
    return parts.length === 1 ? (parts[0] as string) : this.emit("Concat", parts, { axis: 0 });
  }

  /** A size as a scalar of a tensor's element type. */
  sizeScalar(size: number, type: DType): string {
    const value = fixedSize(this.sizes.read(size));
    if (value !== null) return this.scalar(value, type);
    if (this.#options.givenSizes) return this.#give([this.sizes.read(size)], type === "float32" ? type : "int32", true);
    const scalar = this.emit("Squeeze", [this.#sizeValue(this.sizes.read(size))]);
    return this.emit("Cast", [scalar], { to: type === "float32" ? 1 : 6 });
  }

  /** True where the number stands for a size that only a run knows. */
  isSymbolic(size: number): boolean {
    return fixedSize(this.sizes.read(size)) === null;
  }

  /** What a graph's output declares: a size, a symbol's name, or null where it is made of symbols. */
  declaredShape(shape: readonly number[]): (number | string | null)[] {
    return shape.map((size) => {
      const meaning = this.sizes.read(size);
      return fixedSize(meaning) ?? soleSymbol(meaning);
    });
  }

  #give(sizes: readonly SizeExpression[], type: GivenSizes["type"], isScalar: boolean): string {
    const name = `%sizes ${type} ${isScalar ? "scalar " : ""}${sizes.map(spellSize).join(", ")}`;
    this.#given.set(name, { name, type, sizes, isScalar });
    return name;
  }

  /** A one-element vector with the size. */
  #sizeValue(size: SizeExpression): string {
    const key = spellSize(size);
    const known = this.#sizeValues.get(key);
    if (known !== undefined) return known;
    const terms = [...size].map(([product, factor]) => {
      const factors = product === "" ? [] : product.split("*").map((symbol) => this.#symbolValue(symbol));
      if (factor !== 1 || factors.length === 0) factors.push(this.integers([factor]));
      return factors.reduce((a, b) => this.emit("Mul", [a, b]));
    });
    const value = terms.reduce((a, b) => this.emit("Add", [a, b]));
    this.#sizeValues.set(key, value);
    return value;
  }

  #symbolValue(symbol: string): string {
    const known = this.#sizeValues.get(`1*${symbol}`);
    if (known !== undefined) return known;
    const source = this.#symbolSources.get(symbol);
    if (source === undefined) throw new RangeError(`the symbol ${symbol} is the size of no input`);
    const value = this.emit("Shape", [source.input], { start: source.axis, end: source.axis + 1 });
    this.#sizeValues.set(`1*${symbol}`, value);
    return value;
  }
}
