/** What a report comes to: whether models train here, and on what. */
import type { ChosenDevice } from "../choose-device.js";
import type { Check } from "./check.js";

/** Lines that say why a GPU is not used, the most telling one first. */
const causes = ["device-files", "vulkan-loader", "vulkan-drivers"];

/** The line that says most of why no driver offers a GPU. */
export function causeOf(checks: readonly Check[]): Check | undefined {
  const isBad = ({ status }: Check): boolean => status === "missing" || status === "problem";
  return causes.map((id) => checks.find((one) => one.id === id)).find((one) => one !== undefined && isBad(one));
}

function whyNoGpu(checks: readonly Check[], { skipped }: ChosenDevice): string {
  const [first] = skipped;
  if (first === undefined) return "it was not looked for";
  if (!/no driver offers one/.test(first.reason)) return first.reason;
  return causeOf(checks)?.detail ?? "no driver offers one";
}

/** Whether models train on the CPU here, and a sentence on it. */
export function summarise(
  checks: readonly Check[],
  auto: ChosenDevice,
): { readonly trains: boolean; readonly summary: string } {
  const cpu = checks.find(({ id }) => id === "provider-cpu");
  if (cpu?.status !== "ok") {
    const runtime = checks.find(({ id }) => id === "onnxruntime");
    const fails = cpu && `ONNX Runtime cannot compute on the CPU: ${cpu.detail}`;
    const cause = runtime !== undefined && runtime.status !== "ok" ? runtime.detail : fails;
    return { trains: false, summary: `Training does not run here: ${cause ?? "ONNX Runtime was not tried"}.` };
  }
  if (auto.device !== "cpu")
    return { trains: true, summary: `Training runs here on the GPU (${auto.device}), and on the CPU.` };
  return { trains: true, summary: `Training runs here on the CPU; the GPU is not used: ${whyNoGpu(checks, auto)}.` };
}
