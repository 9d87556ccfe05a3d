/** What runs ONNX Runtime's operators, as sessions are told of it. One line registers another. */
import type { InferenceSession } from "onnxruntime-node";
import { guaranteedBinding } from "../binding-limit.js";
import type { LackedOperator } from "../trace/graph.js";

export interface Provider {
  readonly name: ProviderName;
  /** Names as ONNX Runtime has them, the preferred one first. */
  readonly executionProviders: readonly InferenceSession.ExecutionProviderConfig[];
  /** True where values lie on a device and stay there between runs. */
  readonly onDevice: boolean;
  /** True where each run copies its inputs to a device, and its results back. */
  readonly copiesInputs: boolean;
  /** Operators that it has no kernel for, or a slow or wrong one. */
  readonly lacks: ReadonlySet<LackedOperator>;
  /** True where sizes that only a run knows are given to a graph, which then computes none of them. */
  readonly givenSizes: boolean;
  /** Most bytes that `ScatterND` writes to. */
  readonly mostScattered: number;
  /** Session options of its own. */
  readonly session: Readonly<Record<string, string>>;
}

export type ProviderName = "cpu" | "webgpu" | "cuda";

/** An operator without a kernel on the device is refused, never computed on the CPU. */
const noFallback = { disable_cpu_ep_fallback: "1" };

/**
 * Of the WebGPU provider in ONNX Runtime 1.30. It has `Pow`, which fails where both operands are broadcast, a
 * `ScatterND` that compares all ids with one another unless it adds, and `Sin` and `Cos` as exact as the driver's.
 */
const webgpuLacks: ReadonlySet<LackedOperator> = new Set<LackedOperator>([
  "FusedMatMul",
  "Mod:int32",
  "Neg:int32",
  "Abs:int32",
  "Slice:int32",
  "Sin",
  "Cos",
  "Round",
  "Sign",
  "Or",
  "ArgMax",
  "ArgMin",
  "TopK",
  "Pow:broadcast",
  "ScatterND:none",
]);

export const providers: Readonly<Record<ProviderName, Provider>> = {
  cpu: {
    name: "cpu",
    executionProviders: ["cpu"],
    onDevice: false,
    copiesInputs: false,
    lacks: new Set(),
    givenSizes: false,
    mostScattered: Number.POSITIVE_INFINITY,
    session: {},
  },
  webgpu: {
    name: "webgpu",
    executionProviders: ["webgpu"],
    onDevice: true,
    copiesInputs: false,
    lacks: webgpuLacks,
    givenSizes: true,
    mostScattered: guaranteedBinding,
    session: noFallback,
  },
  // In Node its inputs and outputs cross through memory, whatever their location.
  cuda: {
    name: "cuda",
    executionProviders: ["cuda"],
    onDevice: false,
    copiesInputs: true,
    lacks: new Set(),
    givenSizes: true,
    mostScattered: Number.POSITIVE_INFINITY,
    session: noFallback,
  },
};
