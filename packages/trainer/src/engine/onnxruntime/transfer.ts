/**
 * Moves values between memory and a device through sessions of one node: reading a tensor on a device directly aborts
 * the process in ONNX Runtime 1.30.
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { PavlovError } from "@pavlov/core";
import type { TypedArray } from "../engine.js";
import { type ElementType, writeOnnx } from "../trace/onnx-writer.js";
import { explainDeviceError } from "./device-errors.js";
import type { Transfer } from "./device-buffer.js";
import type { OnnxRuntime } from "./load.js";

/** A model that gives its input back, whatever its shape. */
const identityModel = (type: ElementType): Uint8Array =>
  writeOnnx({
    name: "identity",
    nodes: [{ name: "identity", operator: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
    initializers: [],
    inputs: [{ name: "x", shape: null, type }],
    outputs: [{ name: "y", shape: null, type }],
  });

/** Makes what moves values to and from the device of `options`; sessions are opened when they are first needed. */
export function createTransfer(
  runtime: OnnxRuntime,
  options: InferenceSession.SessionOptions,
  device: string,
): Transfer & { dispose(): void } {
  const sessions = new Map<string, Promise<InferenceSession>>();
  let disposed = false;
  const sessionOf = (type: ElementType, location: "cpu" | "gpu-buffer"): Promise<InferenceSession> => {
    if (disposed) throw new PavlovError("values were moved to or from a device after its engine's dispose()");
    const key = `${type} ${location}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const session = runtime.InferenceSession.create(identityModel(type), {
      ...options,
      ...(location === "cpu" ? {} : { preferredOutputLocation: location }),
    });
    sessions.set(key, session);
    // Tried again the next time: the device may have lacked the memory for it.
    session.catch(() => sessions.get(key) === session && sessions.delete(key));
    return session;
  };
  const explained = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainDeviceError(error, { device, doing });
    }
  };
  const resultOf = ({ y }: InferenceSession.ReturnType): Tensor => y as Tensor;
  return {
    upload: (data, shape, dtype) =>
      explained("moving values to it", async () => {
        const session = await sessionOf(dtype, "gpu-buffer");
        return resultOf(await session.run({ x: new runtime.Tensor(dtype, data, shape) }));
      }),
    overwrite: (tensor, data, dtype) =>
      explained("moving values to it", async () => {
        // Without a preferred location: only then is a tensor that is given for a result used.
        const session = await sessionOf(dtype, "cpu");
        await session.run({ x: new runtime.Tensor(dtype, data, tensor.dims) }, { y: tensor });
      }),
    download: (tensor, dtype) =>
      explained("reading values from it", async () => {
        const session = await sessionOf(dtype, "cpu");
        return resultOf(await session.run({ x: tensor })).data as TypedArray;
      }),
    dispose() {
      disposed = true;
      for (const session of sessions.values()) {
        session.then(
          // A device that was lost has nothing to give back.
          (opened) => opened.release().catch(() => undefined),
          () => undefined,
        );
      }
      sessions.clear();
    },
  };
}
