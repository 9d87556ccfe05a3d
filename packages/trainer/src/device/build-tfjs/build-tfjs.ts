/**
 * Builds the addon of tfjs-node-gpu against a TensorFlow that pip installed, for GPUs that are newer than the TensorFlow
 * 2.9 (CUDA 11.2) which the package brings.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage, PavlovError } from "@pavlov/core";
import { folderMissing, packageMissing } from "../../engine/tfjs/node-gpu-errors.js";
import { findNodeGpuFolder, nodeGpuAddon, nodeGpuFolderVariable } from "../../engine/tfjs/node-gpu-folder.js";
import { compileAddon } from "./compile-addon.js";
import { findCompiler } from "./compiler.js";
import { findNodeHeaders } from "./node-headers.js";
import { findTensorflow } from "./tensorflow-folder.js";
import type { TrialReport } from "./trial-process.js";
import { askProcess, tryAddon } from "./try-addon.js";

export interface BuildTfjsOptions {
  /** The folder of TensorFlow's wheel, or one that holds it. */
  readonly tensorflow: string;
  /** Told what is found and done, in words. */
  readonly report?: (step: string) => void;
  readonly signal?: AbortSignal;
}

export interface BuiltTfjs {
  /** The folder of tfjs-node-gpu, and its version. */
  readonly package: string;
  readonly packageVersion: string;
  /** The addon's file. */
  readonly addon: string;
  readonly tensorflow: {
    readonly folder: string;
    readonly version: string;
    /** The version of CUDA that it is built for; null where it computes on the CPU alone. */
    readonly cuda: string | null;
  };
  /** Whether TensorFlow sees a GPU here. */
  readonly gpu: boolean;
  /** Billions of floating-point operations a second in a matrix product. */
  readonly gigaflops: number;
  readonly seconds: number;
}

/** Always the built file, also when this file runs from its source in a test. */
const trialEntry = (): string => fileURLToPath(import.meta.resolve("@pavlov/trainer/tfjs-trial"));

/**
 * Finds what is needed, compiles, loads what was compiled in a process of its own, puts it where the package looks for
 * it, and computes with it.
 *
 * @throws PavlovError where something is missing or fails: the addon that was there before stays, unless computing fails.
 */
export async function buildTfjs({
  tensorflow: given,
  report = () => undefined,
  signal,
}: BuildTfjsOptions): Promise<BuiltTfjs> {
  const started = performance.now();
  if (process.platform !== "linux") {
    throw new PavlovError(`The addon of tfjs-node-gpu can be built on Linux, not on ${process.platform}.`, {
      hint: "TensorFlow computes on GPUs in Linux alone (in Windows: inside WSL 2). device: webgpu needs none of this.",
    });
  }
  const tensorflow = findTensorflow(given);
  report(
    `TensorFlow: ${tensorflow.folder} (${tensorflow.cuda === null ? "for CPUs alone" : `CUDA ${tensorflow.cuda}`})`,
  );
  const packageFolder = findNodeGpuFolder();
  if (packageFolder === null) throw packageMissing();
  const addon = nodeGpuAddon(packageFolder);
  if (addon === null) throw folderMissing(packageFolder);
  report(`tfjs-node-gpu ${addon.version}: ${packageFolder}`);
  const nodeHeaders = findNodeHeaders();
  const compiler = await findCompiler();
  report(`Compiling with ${compiler} (headers of Node.js: ${nodeHeaders})`);

  const folder = dirname(addon.file);
  const fresh = join(folder, `tfjs_binding.${process.pid}.node`);
  const logFile = join(tmpdir(), `pavlov-build-tfjs-${process.pid}.log`);
  const again = signal === undefined ? {} : { signal };
  try {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw new PavlovError(`The addon cannot be written to ${folder}: ${errorMessage(error)}`, {
        hint: `Run it as the user who installed the package, or install one for yourself and let ${nodeGpuFolderVariable} name it.`,
      });
    });
    const { apiVersion } = addon;
    await compileAddon({
      compiler,
      packageFolder,
      apiVersion,
      nodeHeaders,
      tensorflow,
      output: fresh,
      logFile,
      ...again,
    });
    report("Loading it");
    const { version, gpu } = await tryAddon(fresh, signal);
    await rename(fresh, addon.file);
    report(`Computing with TensorFlow ${version} on the ${gpu ? "GPU" : "CPU"}`);
    const trial = await askProcess<TrialReport>(
      [trialEntry()],
      { [nodeGpuFolderVariable]: packageFolder, ...(gpu ? {} : { PAVLOV_TFJS_NODE_CPU: "1" }) },
      signal,
    );
    if ("failure" in trial) {
      throw new PavlovError(
        `The addon loads, but does not compute. ${trial.failure}`,
        trial.hint === undefined ? {} : { hint: trial.hint },
      );
    }
    return {
      package: packageFolder,
      packageVersion: addon.version,
      addon: addon.file,
      tensorflow: { folder: tensorflow.folder, version, cuda: tensorflow.cuda },
      gpu,
      gigaflops: trial.gigaflops,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await rm(fresh, { force: true });
  }
}
