/** Records a program: runs it once on tensors without values, and writes what it did as an ONNX model. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { errorMessage, PavlovError } from "@pavlov/core";
import type {
  Buffer as EngineBuffer,
  Buffers,
  Dimension,
  DType,
  Specs,
  TensorProgram,
  Tensors,
  TypedArray,
} from "../engine.js";
import { supportedDType, type TraceBackend, traceBackendName } from "./backend.js";
import { type GivenSizes, Graph, type GraphOptions } from "./graph.js";
import { withRecordedGradients } from "./gradients.js";
import { Recording } from "./kernel.js";
import { type OnnxGraph, type OnnxTensor, type OnnxValue, writeOnnx } from "./onnx-writer.js";
import { orderNodes } from "./order.js";
import { traceBackend } from "./register.js";
import { mostSymbols, SizeTable, standInSets } from "./sizes.js";

export interface TraceOptions extends Partial<GraphOptions> {
  /** Inputs whose values become part of the graph. */
  readonly constants?: Buffers;
}

/** A recorded program. */
export interface TracedProgram {
  /** The ONNX model, without the values of its large constants. */
  readonly bytes: Uint8Array;
  /** Those values by name: views of the memory that they were given in. */
  readonly constants: Readonly<Record<string, Uint8Array>>;
  /** Large constants that are inputs of the graph instead, with such views. */
  readonly held: readonly OnnxTensor[];
  /** The inputs that the graph reads; the program may ignore others. */
  readonly inputs: readonly string[];
  /** Further inputs, which a run computes from the sizes of its tensors. */
  readonly sizes: readonly GivenSizes[];
  /** From the program's keys, in its order, to the graph's outputs. */
  readonly outputs: readonly { readonly key: string; readonly name: string; readonly dtype: DType }[];
  /** How many nodes the graph has. */
  readonly nodeCount: number;
  /** Names of the operators in the graph. */
  readonly operators: readonly string[];
}

function symbolsOf(specs: Specs): string[] {
  const sizes = Object.values(specs).flatMap((spec) => spec.shape);
  return [...new Set(sizes.filter((size) => typeof size === "string"))];
}

/** Runs with TensorFlow.js's `trace` backend active, and leaves the one active that was before. */
function onTraceBackend<T>(run: (backend: TraceBackend) => T): T {
  const backend = traceBackend();
  const previous = tf.engine().backendName as string | undefined;
  if (previous === traceBackendName) return run(backend);
  // Selecting a registered synchronous backend has happened when the call returns; only failures arrive later.
  void tf.setBackend(traceBackendName);
  try {
    return run(backend);
  } finally {
    void tf.setBackend(previous ?? "cpu");
  }
}

function constantValues(name: string, buffer: EngineBuffer, shape: readonly Dimension[]): TypedArray {
  if (buffer.data === null) throw new PavlovError(`the constant "${name}" lies on a device: make it an input`);
  if (buffer.shape.join() === shape.join()) return buffer.data;
  throw new PavlovError(`the constant "${name}" has shape [${buffer.shape.join(", ")}], not [${shape.join(", ")}]`);
}

/**
 * The names of the results in the graph, each the output of a node of its own that carries the result's key in its name
 * (for profiles); inputs, constants and results of equal value are copied.
 */
function nameResults(graph: Graph, backend: TraceBackend, results: readonly (readonly [string, Tensor])[]): string[] {
  const taken = new Set<string>();
  return results.map(([key, tensor]) => {
    const value = new Recording(backend, `the result "${key}"`).value(tensor);
    const name = taken.has(value) || !graph.isComputed(value) ? graph.emit("Identity", [value]) : value;
    graph.labelProducer(name, key);
    taken.add(name);
    return name;
  });
}

/** Declares a program's inputs in the graph and makes the tensors that stand for them. */
function declareInputs(graph: Graph, backend: TraceBackend, specs: Specs, constants: Buffers) {
  const declared: OnnxValue[] = [];
  const tensors: Record<string, Tensor> = {};
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const constant = constants[name];
    if (constant === undefined) {
      declared.push({ name, shape, type: dtype });
      shape.forEach((size, axis) => typeof size === "string" && graph.bindSymbol(size, name, axis));
    } else {
      graph.bindConstant(name, constantValues(name, constant, shape), constant.shape, dtype);
    }
    const numbers = shape.map((size) => (typeof size === "string" ? graph.sizes.standIn(size) : size));
    const info = backend.make({ kind: "recorded", graph, name, kernel: `the input "${name}"` }, numbers, dtype);
    tensors[name] = tf.engine().makeTensorFromTensorInfo(info);
  }
  return { declared, tensors };
}

/** Writes what was recorded, without the nodes, constants and inputs that no result needs. */
function finish(
  name: string,
  graph: Graph,
  backend: TraceBackend,
  declared: readonly OnnxValue[],
  results: Tensors,
  constantsAsInputs: boolean,
): TracedProgram {
  const entries = Object.entries(results);
  const names = nameResults(graph, backend, entries);
  const nodes = orderNodes(graph.nodes, names);
  const used = new Set([...nodes.flatMap((node) => node.inputs), ...names]);
  const inputs = declared.filter((input) => used.has(input.name));
  const sizes = graph.given.filter((given) => used.has(given.name));
  const outputs = entries.map(([key, tensor], index) => ({
    key,
    name: names[index] as string,
    dtype: supportedDType(tensor.dtype),
    shape: graph.declaredShape(tensor.shape),
  }));
  const needed = graph.initializers.filter((initializer) => used.has(initializer.name));
  const isHeld = ({ external = false }: OnnxTensor): boolean => constantsAsInputs && external;
  const [held, initializers] = [needed.filter(isHeld), needed.filter((each) => !isHeld(each))];
  const model: OnnxGraph = {
    name,
    nodes,
    initializers,
    inputs: [
      ...inputs,
      ...held,
      ...sizes.map((given) => ({ ...given, shape: given.isScalar ? [] : [given.sizes.length] })),
    ],
    outputs: outputs.map((output) => ({ name: output.name, shape: output.shape, type: output.dtype })),
  };
  const external = initializers.filter((initializer) => initializer.external === true);
  return {
    bytes: writeOnnx(model),
    held,
    constants: Object.fromEntries(external.map((initializer) => [initializer.name, initializer.bytes])),
    inputs: inputs.map((input) => input.name),
    sizes,
    outputs,
    nodeCount: nodes.length,
    operators: [...new Set(nodes.map((node) => node.operator))].toSorted(),
  };
}

/** Says which operator is missing in the terms of the program's author. */
function runProgram(name: string, program: TensorProgram, tensors: Tensors): Tensors {
  try {
    return program(tensors);
  } catch (cause) {
    const missing = /Kernel '(\w+)' not registered for backend 'trace'/.exec(errorMessage(cause))?.[1];
    if (missing === undefined) throw cause;
    throw new PavlovError(
      `the program "${name}" uses the operator ${missing}, which cannot be recorded: ` +
        "compose it of others, or add a recording kernel",
      { cause },
    );
  }
}

/** One recording with one set of stand-ins for the symbols. */
function record(
  name: string,
  program: TensorProgram,
  specs: Specs,
  options: TraceOptions,
  sizes: SizeTable,
): TracedProgram {
  const graph = new Graph(sizes, {
    lacks: options.lacks ?? new Set(),
    givenSizes: options.givenSizes ?? false,
    constantsAsInputs: options.constantsAsInputs ?? false,
    mostScattered: options.mostScattered ?? Number.POSITIVE_INFINITY,
  });
  let traced: TracedProgram | undefined;
  onTraceBackend((backend) =>
    backend.recordInto(graph, () =>
      tf.tidy(() => {
        const { declared, tensors } = declareInputs(graph, backend, specs, options.constants ?? {});
        const results = withRecordedGradients(() => runProgram(name, program, tensors));
        traced = finish(name, graph, backend, declared, results, options.constantsAsInputs ?? false);
      }),
    ),
  );
  return traced as unknown as TracedProgram;
}

/**
 * Records a program as an ONNX model. Its results come in the order of its keys, which decides when ONNX Runtime
 * computes them (see order.ts): list gradients last, in the model's forward order.
 *
 * @throws PavlovError where the program reads values, uses an operator that has no recording kernel, or turns a
 * symbolic size into a plain number of its own.
 */
export function trace(name: string, program: TensorProgram, specs: Specs, options: TraceOptions = {}): TracedProgram {
  const symbols = symbolsOf(specs);
  if (symbols.length > mostSymbols) {
    throw new PavlovError(
      `the program "${name}" has ${symbols.length} symbolic sizes (${symbols.join(", ")}); the most is ${mostSymbols}`,
    );
  }
  const attempt = (set: number) => record(name, program, specs, options, new SizeTable(symbols, set));
  if (symbols.length === 0) return attempt(0);
  for (let set = 0; set < standInSets; set += 2) {
    const [first, second] = [attempt(set), attempt(set + 1)];
    if (Buffer.compare(first.bytes, second.bytes) === 0) return first;
  }
  throw new PavlovError(
    `the program "${name}" computes with the number that stands for a symbolic size (${symbols.join(", ")}) outside ` +
      "of shapes: use tf.mean, tf.range or an input instead of arithmetic on shape[...]",
  );
}
