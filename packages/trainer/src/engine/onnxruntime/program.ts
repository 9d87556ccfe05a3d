/** One compiled program: an ONNX Runtime session, fed from typed arrays without copying. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, CompileOptions, Program, Specs, TypedArray } from "../engine.js";
import { checkInputs } from "../inputs.js";
import { MemoryBuffer } from "../memory-buffer.js";
import type { TracedProgram } from "../trace/trace.js";
import type { OnnxRuntime } from "./load.js";

interface SessionOptions extends CompileOptions {
  readonly threads: number | undefined;
  readonly provider: string;
}

function sessionOptions(options: SessionOptions): InferenceSession.SessionOptions {
  const { threads, provider, spinning = false, recompute = false, frugal = false, profilePrefix } = options;
  // What "all" adds, other layouts of images, takes half of the time of making a program that holds its weights.
  const holdsWeights = Object.keys(options.constants ?? {}).length > 0;
  return {
    executionProviders: [provider],
    graphOptimizationLevel: holdsWeights ? "extended" : "all",
    executionMode: "sequential",
    interOpNumThreads: 1,
    enableMemPattern: !frugal,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Severity 3: errors. Warnings are about the graph's making, which users cannot change.
    logSeverityLevel: 3,
    extra: {
      // Spinning ends with a run, so that it costs nothing else of this process.
      session: {
        intra_op: { allow_spinning: spinning ? "1" : "0" },
        ...(spinning ? { force_spinning_stop: "1" } : {}),
      },
      ...(recompute ? { optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" } } : {}),
    },
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
}

/** Tensors over buffers' memory, made once for each buffer. */
const tensors = new WeakMap<Buffer, Tensor>();

function feed(runtime: OnnxRuntime, name: string, buffer: Buffer): Tensor {
  const { data } = buffer;
  if (data === null) throw new PavlovError(`the input "${name}" lies on a device of another engine`);
  const known = tensors.get(buffer);
  if (known !== undefined) return known;
  const tensor = new runtime.Tensor(buffer.dtype, data, buffer.shape);
  tensors.set(buffer, tensor);
  return tensor;
}

/** Constants as ONNX Runtime takes them: external data under the names that the model has for them. */
const externalData = ({ constants }: TracedProgram) =>
  Object.entries(constants).map(([path, data]) => ({ path, data }));

/** Makes a program of a recorded one. */
export async function createProgram(
  runtime: OnnxRuntime,
  name: string,
  traced: TracedProgram,
  specs: Specs,
  options: SessionOptions,
): Promise<Program> {
  const open = (changes: Pick<CompileOptions, "spinning"> = {}): Promise<InferenceSession> =>
    runtime.InferenceSession.create(traced.bytes, {
      ...sessionOptions({ ...options, ...changes }),
      externalData: externalData(traced),
    }).catch((cause: unknown) => {
      throw new PavlovError(`ONNX Runtime refuses the program "${name}": ${errorMessage(cause)}`, { cause });
    });
  const close = (): void => {
    if (options.profilePrefix !== undefined) session?.endProfiling();
    void session?.release();
    session = null;
  };
  let session: InferenceSession | null = await open();
  let released = false;
  return {
    name,
    async run(inputs: Buffers) {
      if (released) throw new PavlovError(`the program "${name}" was run after dispose()`);
      checkInputs(name, specs, inputs);
      const feeds = Object.fromEntries(
        traced.inputs.map((input) => [input, feed(runtime, input, inputs[input] as Buffer)]),
      );
      session ??= await open();
      const results = await session.run(feeds);
      return Object.fromEntries(
        traced.outputs.map((output) => {
          const { data, dims } = results[output.name] as Tensor;
          return [output.key, new MemoryBuffer(data as TypedArray, dims, output.dtype, true)];
        }),
      );
    },
    forget: close,
    async refresh(changes) {
      close();
      if (!released) session = await open(changes);
    },
    dispose() {
      released = true;
      close();
    },
  };
}
