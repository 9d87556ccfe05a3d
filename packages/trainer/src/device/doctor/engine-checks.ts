/** The engines: ONNX Runtime with its providers, and TensorFlow.js on CUDA. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import util from "node:util";
import { nodeGpuPackage } from "../../engine/tfjs/node-gpu-folder.js";
import { speedText } from "./speed.js";
import type { WebGpuProbe } from "../webgpu-probe.js";
import type { Found } from "./check.js";
import type { InstalledPackage } from "./installed-package.js";
import type { Trial } from "./try-engine.js";

/** What an engine's check has to go by. */
export interface EngineFacts {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Whether the machine has a GPU of NVIDIA's. */
  readonly hasNvidia: boolean;
}

const runtime = "onnxruntime-node";

/** The folder of the binding for a platform; null where the package has none for it. */
export async function bindingFolder(
  { folder }: InstalledPackage,
  { platform, arch }: Pick<EngineFacts, "platform" | "arch">,
): Promise<string | null> {
  const versions = (await readdir(join(folder, "bin")).catch((): string[] => [])).filter((name) =>
    name.startsWith("napi-v"),
  );
  for (const version of versions) {
    const binding = join(folder, "bin", version, platform, arch);
    const files = await readdir(binding).catch((): string[] => []);
    if (files.includes("onnxruntime_binding.node")) return binding;
  }
  return null;
}

/** Whether ONNX Runtime is installed, with a build for this platform. */
export function runtimeFound(
  installed: InstalledPackage | null,
  binding: string | null,
  { platform, arch }: EngineFacts,
): Found {
  if (installed === null) return { status: "missing", detail: `${runtime} is not installed`, fix: "npm install" };
  const named = `${runtime} ${installed.version}`;
  if (binding !== null) return { status: "ok", detail: named };
  const detail = `${named} has no build for ${platform} ${arch}`;
  return { status: "problem", detail, fix: "use Linux, Windows or a Mac with Apple's processor" };
}

/** Whether the CPU provider computes. */
export const cpuFound = (trial: Trial): Found =>
  trial.works
    ? { status: "ok", detail: `works, ${speedText(trial.speed)}` }
    : { status: "problem", detail: trial.reason, fix: trial.hint ?? `npm rebuild ${runtime}` };

/** Whether the WebGPU provider computes, beside the CPU. `cause` is the title of a line that says what a GPU lacks here. */
export function webGpuFound(probe: WebGpuProbe, noGpu: string | null, cause: string | undefined): Found {
  if (probe.works) {
    const speeds = `${speedText(probe.webgpu)} beside ${speedText(probe.cpu)} of the CPU`;
    if (probe.webgpu > probe.cpu) return { status: "ok", detail: `works, ${speeds}` };
    return { status: "info", detail: `works, but slower than the CPU: ${speeds}` };
  }
  if (noGpu !== null) return { status: "missing", detail: noGpu };
  const fix = cause === undefined ? "update the GPU's driver" : `see "${cause}" below`;
  return { status: "problem", detail: probe.reason.replace(/^There /, "there "), fix };
}

/** Whether the CUDA provider's libraries lie beside the binding. */
export async function hasCudaLibraries(binding: string | null): Promise<boolean> {
  const files = binding === null ? [] : await readdir(binding).catch((): string[] => []);
  return files.some((name) => /^(lib)?onnxruntime_providers_cuda\.(so|dll)$/.test(name));
}

/** The command that fetches the CUDA provider, whatever npm thinks of install scripts. */
const fetchCuda = `node node_modules/${runtime}/script/install.js --onnxruntime-node-install=cuda12`;

/** Whether the CUDA provider computes. `trial` is null where its libraries are not there. */
export function cudaFound(trial: Trial | null, { platform, arch, hasNvidia }: EngineFacts): Found {
  if (platform !== "linux" || arch !== "x64") {
    return { status: "info", detail: `${runtime} has it for Linux on x64 only` };
  }
  if (trial === null) {
    const detail = "not installed, and not needed: WebGPU computes on NVIDIA's GPUs too";
    return hasNvidia ? { status: "missing", detail, fix: fetchCuda } : { status: "info", detail };
  }
  if (trial.works) return { status: "ok", detail: `works, ${speedText(trial.speed)}` };
  const fix = hasNvidia ? "install CUDA 12 and cuDNN 9, or choose device: webgpu" : "it needs a GPU of NVIDIA's";
  return { status: "problem", detail: trial.reason, fix };
}

/** What Node 23 took away and this package still calls. */
const restored = (): string => {
  const lacks = ["isNullOrUndefined", "isArray"].filter((name) => !(name in util));
  return lacks.length === 0 ? "" : `; Pavlov restores ${lacks.map((name) => `util.${name}`).join(" and ")} for it`;
};

/** Whether TensorFlow.js computes on CUDA. Both are null where the package is not installed. */
export function tensorflowFound(version: string | null, trial: Trial | null, { hasNvidia }: EngineFacts): Found {
  if (version === null || trial === null) {
    const detail = "not installed, and not needed: it is an optional package for NVIDIA's GPUs";
    const fix = `npm install --ignore-scripts ${nodeGpuPackage}, then pavlov gpu build-tfjs`;
    return hasNvidia ? { status: "missing", detail, fix } : { status: "info", detail };
  }
  const named = version === "" ? "" : `${version}: `;
  if (trial.works) return { status: "ok", detail: `${named}works, ${speedText(trial.speed)}${restored()}` };
  const fix = trial.hint ?? "choose device: webgpu";
  return { status: "problem", detail: `${named}${trial.reason}${restored()}`, fix };
}
