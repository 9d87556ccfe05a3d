/** All that `pavlov doctor` looks at and the trainer knows about. */
import { tmpdir } from "node:os";
import { findNodeGpuFolder, nodeGpuAddon } from "../../engine/tfjs/node-gpu-folder.js";
import { hubSettings } from "../../hub/settings.js";
import { chooseDevice, type ChosenDevice, probeWebGpu } from "../choose-device.js";
import { whyNoGpu } from "../gpu-here.js";
import { adaptersOf } from "./adapters.js";
import type { Adapter } from "./adapter.js";
import { type Check, check } from "./check.js";
import { deviceFiles } from "./device-files.js";
import { diskCheck } from "./disk.js";
import {
  bindingFolder,
  cpuFound,
  cudaFound,
  type EngineFacts,
  hasCudaLibraries,
  runtimeFound,
  tensorflowFound,
  webGpuFound,
} from "./engine-checks.js";
import { adapterChecks, autoCheck } from "./gpu-lines.js";
import { hubChecks } from "./hub.js";
import { installedPackage } from "./installed-package.js";
import { machineChecks, machineFacts } from "./machine.js";
import { placeOf } from "./place.js";
import { machineSources, type Sources } from "./sources.js";
import { causeOf, summarise } from "./summary.js";
import { tryEngineApart } from "./try-engine.js";
import { gpuFeatures } from "./gpu-features.js";
import { vulkanDevices } from "./vulkan-devices.js";
import { vulkanDriverCheck } from "./vulkan-driver-check.js";
import { vulkanLoader } from "./vulkan-loader.js";

export type { Check, Section, Status } from "./check.js";

export interface Examination {
  readonly checks: readonly Check[];
  /** What `device: auto` takes here, and why not a better one. */
  readonly auto: ChosenDevice;
  /** Whether models can be trained on the CPU. */
  readonly trains: boolean;
  /** What it comes to, in a sentence. */
  readonly summary: string;
}

export interface ExaminationOptions {
  /** Told what is being tried: it may take seconds. */
  readonly onProgress?: (what: string) => void;
  readonly sources?: Sources;
}

interface Gpus {
  readonly checks: readonly Check[];
  readonly adapters: readonly Adapter[];
}

/** Everything about GPUs that costs nothing to look at. */
async function examineGpus(sources: Sources): Promise<Gpus> {
  const place = await placeOf(sources);
  const asked = adaptersOf(sources);
  const found = asked.catch((): readonly Adapter[] => []);
  const subject = (id: string, title: string) => ({ id, section: "GPU", title }) as const;
  const isLinux = sources.platform === "linux";
  const checks = await Promise.all([
    adapterChecks(asked),
    check(subject("device-files", "device files"), () => deviceFiles(sources, place)),
    check(subject("vulkan-loader", "Vulkan loader"), () => vulkanLoader(sources, place)),
    check(subject("vulkan-drivers", "Vulkan drivers"), async () => vulkanDriverCheck(sources, place, await found)),
    ...(isLinux ? [check(subject("vulkan-devices", "Vulkan devices"), () => vulkanDevices(sources, place))] : []),
    check(subject("gpu-features", "features"), () => gpuFeatures(sources)),
  ]);
  return { checks: checks.flat(), adapters: await found };
}

/** Tries the engines one after the other: they would take each other's processors. */
async function examineEngines(facts: EngineFacts, cause: string | undefined, onProgress: (what: string) => void) {
  const subject = (id: string, title: string) => ({ id, section: "Engines", title }) as const;
  const installed = await installedPackage("onnxruntime-node");
  const binding = installed === null ? null : await bindingFolder(installed, facts);
  const runtime = await check(subject("onnxruntime", "ONNX Runtime"), () => runtimeFound(installed, binding, facts));
  onProgress("trying the CPU");
  const cpu = await check(subject("provider-cpu", "on the CPU"), async () => cpuFound(await tryEngineApart("cpu")));
  onProgress("trying the GPU with WebGPU");
  const probed = await probeWebGpu();
  const webgpu = await check(subject("provider-webgpu", "on WebGPU"), () => webGpuFound(probed, whyNoGpu(), cause));
  const cuda = await check(subject("provider-cuda", "on CUDA"), async () => {
    if (!(await hasCudaLibraries(binding))) return cudaFound(null, facts);
    onProgress("trying the GPU with CUDA");
    return cudaFound(await tryEngineApart("cuda"), facts);
  });
  const tensorflow = await check(subject("tfjs-node-gpu", "tfjs-node-gpu"), async () => {
    const folder = findNodeGpuFolder();
    if (folder === null) return tensorflowFound(null, null, facts);
    onProgress("trying the GPU with TensorFlow.js");
    const version = nodeGpuAddon(folder)?.version ?? "";
    return tensorflowFound(version, await tryEngineApart("tfjs-node-gpu"), facts);
  });
  return { checks: [runtime, cpu, webgpu, cuda, tensorflow], probed };
}

/** Folders that a run writes to. */
async function examineFolders(): Promise<readonly Check[]> {
  const settings = await hubSettings({});
  const free = (id: string, title: string, path: string, fix: string) => diskCheck({ id, title, path, fix });
  return Promise.all([
    free("disk-here", "disk, this folder", process.cwd(), "make room, or write runs elsewhere: --output"),
    free("disk-hub", "disk, hub cache", settings.cacheFolder, "make room, or name another folder in HF_HOME"),
    free("disk-temporary", "disk, temporary", tmpdir(), "make room, or name another folder in TMPDIR"),
    ...hubChecks(settings),
  ]);
}

/** Looks at the machine, its engines and its GPUs. A check that fails is a line, and the others go on. */
export async function examineMachine(options: ExaminationOptions = {}): Promise<Examination> {
  const { onProgress = () => undefined, sources = machineSources() } = options;
  onProgress("looking at the machine");
  const [machine, folders, gpus] = await Promise.all([
    Promise.all(machineChecks(machineFacts())),
    examineFolders(),
    examineGpus(sources),
  ]);
  const { platform, arch } = sources;
  const hasNvidia = gpus.adapters.some(({ maker }) => maker === "NVIDIA");
  const engines = await examineEngines({ platform, arch, hasNvidia }, causeOf(gpus.checks)?.title, onProgress);
  const auto = await chooseDevice(async () => engines.probed);
  const checks = [...machine, ...engines.checks, ...gpus.checks, autoCheck(auto), ...folders];
  const sections = ["Machine", "Engines", "GPU", "Hub"];
  const ordered = sections.flatMap((section) => checks.filter((one) => one.section === section));
  return { checks: ordered, auto, ...summarise(ordered, auto) };
}
