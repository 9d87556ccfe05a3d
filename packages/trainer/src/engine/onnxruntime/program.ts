/** One compiled program: an ONNX Runtime session, fed from typed arrays without copying. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, CompileOptions, Program, Specs, TypedArray } from "../engine.js";
import { checkInputs } from "../inputs.js";
import { MemoryBuffer, moveResults } from "../memory-buffer.js";
import type { GivenSizes } from "../trace/graph.js";
import { evaluateSize } from "../trace/sizes.js";
import type { TracedProgram } from "../trace/trace.js";
import { DeviceBuffer, type Transfer } from "./device-buffer.js";
import { explainDeviceError } from "./device-errors.js";
import { holdConstants } from "./held-constants.js";
import type { OnnxRuntime } from "./load.js";
import type { Provider } from "./providers.js";

interface SessionOptions extends CompileOptions {
  readonly threads: number | undefined;
  readonly provider: Provider;
  /** How values come to the provider's device; null where it computes in this thread's memory. */
  readonly transfer: Transfer | null;
  /**
   * False where a buffer on the device must not be an input and a target of one run: targets then take over a new one,
   * and give back theirs.
   */
  readonly inPlace: boolean;
}

function sessionOptions(options: SessionOptions): InferenceSession.SessionOptions {
  const { threads, provider, spinning = false, recompute = false, frugal = false, profilePrefix } = options;
  // What "all" adds, other layouts of images, takes half of the time of making a program that holds its weights.
  const holdsWeights = Object.keys(options.constants ?? {}).length > 0;
  return {
    executionProviders: [...provider.executionProviders],
    graphOptimizationLevel: holdsWeights ? "extended" : "all",
    executionMode: "sequential",
    interOpNumThreads: 1,
    enableMemPattern: !frugal,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // Severity 3: errors. Warnings are about the graph's making, which users cannot change.
    logSeverityLevel: options.quiet === true ? 4 : 3,
    extra: {
      // Spinning ends with a run, so that it costs nothing else of this process.
      session: {
        intra_op: { allow_spinning: spinning ? "1" : "0" },
        ...(spinning ? { force_spinning_stop: "1" } : {}),
        ...provider.session,
      },
      ...(recompute ? { optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" } } : {}),
    },
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
}

/** Tensors over buffers' memory, made once for each buffer. */
const tensors = new WeakMap<Buffer, Tensor>();

function feed(runtime: OnnxRuntime, name: string, buffer: Buffer): Tensor {
  if (buffer instanceof DeviceBuffer) return buffer.tensor;
  const { data } = buffer;
  if (data === null) throw new PavlovError(`the input "${name}" lies on a device of another engine`);
  const known = tensors.get(buffer);
  if (known !== undefined) return known;
  const tensor = new runtime.Tensor(buffer.dtype, data, buffer.shape);
  tensors.set(buffer, tensor);
  return tensor;
}

/** What ONNX Runtime's refusal of a program means. */
function refusal(name: string, { operators }: TracedProgram, provider: Provider, cause: unknown): PavlovError {
  const explained = explainDeviceError(cause, { device: provider.name, doing: `compiling the program ${name}` });
  if (PavlovError.isInstance(explained)) return explained;
  const reason = errorMessage(cause);
  if (!reason.includes("fallback to CPU EP has been explicitly disabled")) {
    return new PavlovError(`ONNX Runtime refuses the program "${name}": ${reason}`, { cause });
  }
  return new PavlovError(
    `one of the operators of the program "${name}" (${operators.join(", ")}) has no kernel in the provider ${provider.name}`,
    { cause, hint: "Compose it of others where the graph lacks it (see onnxruntime/providers.ts)." },
  );
}

/** The input of sizes for a run. */
function sizesTensor(runtime: OnnxRuntime, given: GivenSizes, symbols: ReadonlyMap<string, number>): Tensor {
  const { type, isScalar } = given;
  const sizes = given.sizes.map((size) => evaluateSize(size, symbols));
  const dims = isScalar ? [] : [sizes.length];
  if (type === "int64") return new runtime.Tensor(type, BigInt64Array.from(sizes, BigInt), dims);
  if (type === "int32") return new runtime.Tensor(type, Int32Array.from(sizes), dims);
  return new runtime.Tensor(type, Float32Array.from(sizes), dims);
}

/** Constants as ONNX Runtime takes them: external data under the names that the model has for them. */
const externalData = ({ constants }: TracedProgram) =>
  Object.entries(constants).map(([path, data]) => ({ path, data }));

/** Where each result is to lie, as ONNX Runtime takes it; nothing where this thread's memory is the only place. */
function outputLocations({ outputs }: TracedProgram, keeps: CompileOptions["keeps"], transfer: Transfer | null) {
  if (transfer === null || keeps === undefined) return {};
  const stays = (key: string): boolean => keeps === "all" || keeps(key);
  const locations = outputs.map(({ key, name }) => [name, stays(key) ? "gpu-buffer" : "cpu"] as const);
  return { preferredOutputLocation: Object.fromEntries(locations) };
}

/** Makes a program of a recorded one. */
export async function createProgram(
  runtime: OnnxRuntime,
  name: string,
  traced: TracedProgram,
  specs: Specs,
  options: SessionOptions,
): Promise<Program> {
  const open = (
    changes: Pick<CompileOptions, "spinning"> = {},
    keeps: CompileOptions["keeps"] = options.keeps,
  ): Promise<InferenceSession> =>
    runtime.InferenceSession.create(traced.bytes, {
      ...sessionOptions({ ...options, ...changes }),
      ...outputLocations(traced, keeps, options.transfer),
      externalData: externalData(traced),
    }).catch((cause: unknown) => {
      throw refusal(name, traced, options.provider, cause);
    });
  const close = (): void => {
    if (options.profilePrefix !== undefined) session?.endProfiling();
    for (const opened of [session, moving]) {
      // A device that was lost has nothing to give back.
      opened?.release().catch(() => undefined);
    }
    session = null;
    moving = null;
  };
  const checkNotReleased = (): void => {
    if (released) throw new PavlovError(`the program "${name}" was run after dispose()`);
  };
  /** One that is there only after `dispose` is nobody's any more. */
  const opening = async (...how: Parameters<typeof open>): Promise<InferenceSession> => {
    const opened = await open(...how);
    if (released) await opened.release().catch(() => undefined);
    checkNotReleased();
    return opened;
  };
  /** The session of runs whose targets take over new tensors; they are the same in every run of a program. */
  const openMoving = (into: Buffers) => opening({}, (key) => into[key] instanceof DeviceBuffer);
  /** Results by name, null where the runtime makes room for them; those of `into` on the device are written there. */
  const fetches = (into: Buffers): Record<string, Tensor | null> =>
    Object.fromEntries(
      traced.outputs.map(({ key, name: output }) => {
        const target = into[key];
        return [output, target instanceof DeviceBuffer ? target.tensor : null];
      }),
    );
  const wrap = ({ name: output, dtype }: TracedProgram["outputs"][number], result: Tensor): Buffer => {
    if (result.location === "gpu-buffer") return new DeviceBuffer(result, dtype, options.transfer as Transfer);
    if (result.location !== "cpu") throw new Error(`The result ${output} lies in a ${result.location}.`);
    return new MemoryBuffer(result.data as TypedArray, result.dims, dtype, true);
  };
  let released = false;
  let session: InferenceSession | null = await open();
  let moving: InferenceSession | null = null;
  const held =
    options.transfer === null || traced.held.length === 0 ? null : holdConstants(traced.held, options.transfer);
  const forget = (): void => {
    if (held === null) close();
    else held.forget();
  };
  return {
    name,
    async run(inputs: Buffers, into: Buffers = {}) {
      checkNotReleased();
      const symbols = checkInputs(name, specs, inputs);
      const feeds = Object.fromEntries([
        ...traced.inputs.map((input) => [input, feed(runtime, input, inputs[input] as Buffer)] as const),
        ...traced.sizes.map((given) => [given.name, sizesTensor(runtime, given, symbols)] as const),
        ...Object.entries((await held?.tensors()) ?? {}),
      ]);
      const moves = !options.inPlace && Object.values(into).some((target) => target instanceof DeviceBuffer);
      const opened = moves ? (moving ??= await openMoving(into)) : (session ??= await opening());
      const results = await opened.run(feeds, fetches(moves ? {} : into)).catch((cause: unknown) => {
        throw explainDeviceError(cause, { device: options.provider.name, doing: `running the program ${name}` });
      });
      for (const { key, name: output } of moves ? traced.outputs : []) {
        const target = into[key];
        if (target instanceof DeviceBuffer) target.adopt(results[output] as Tensor);
      }
      const own = traced.outputs.filter(({ key }) => !(into[key] instanceof DeviceBuffer));
      const wrapped = own.map((output) => [output.key, wrap(output, results[output.name] as Tensor)]);
      return moveResults(Object.fromEntries(wrapped), into);
    },
    forget,
    async refresh(changes) {
      if (released) return;
      if (held !== null) return held.refresh();
      close();
      session = await opening(changes);
    },
    dispose() {
      released = true;
      held?.forget();
      close();
    },
  };
}
