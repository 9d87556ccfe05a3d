/** Why `@tensorflow/tfjs-node-gpu` cannot be used, and what to do. Node.js and the dynamic linker say it in their words. */
import { errorMessage, PavlovError } from "@pavlov/core";
import { nodeGpuFolderVariable, nodeGpuPackage } from "./node-gpu-folder.js";

/** The command that builds the addon, as hints name it. */
const build = "pavlov gpu build-tfjs --tensorflow <folder of TensorFlow's wheel>";

/** What its own install script brings. */
const script = `npm rebuild ${nodeGpuPackage} runs its install script, which downloads one for TensorFlow 2.9 and CUDA 11.2`;

const others = "device: webgpu runs on GPUs of any maker and needs neither";

/** A kind of failure: how its message looks, and what it means. `found` is the match. */
interface Failure {
  readonly pattern: RegExp;
  readonly text: (found: RegExpMatchArray) => string;
  readonly hint: string;
}

const failures: readonly Failure[] = [
  {
    pattern: /native addon module.*can not be found at path: (\S+)/s,
    text: (found) =>
      `${nodeGpuPackage} has no addon (${found[1]?.replace(/\.$/, "")}): its install script did not run.`,
    hint: `Build it with \`${build}\`. Or ${script}.`,
  },
  {
    pattern: /NODE_MODULE_VERSION|different Node\.js version|did not self-register/,
    text: () => `The addon of ${nodeGpuPackage} was built for another version of Node.js than ${process.version}.`,
    hint: `Build it again with this one: \`${build}\`. Or ${script}.`,
  },
  {
    pattern: /(libtensorflow[\w.]*): cannot open shared object file/,
    text: (found) => `The addon of ${nodeGpuPackage} does not find TensorFlow's library ${found[1]}.`,
    hint: `Was the folder moved or removed that it was built against? Build it again: \`${build}\`. Or ${script}.`,
  },
  {
    pattern: /(lib[\w.+-]+): cannot open shared object file/,
    text: (found) => `The addon of ${nodeGpuPackage} does not find the library ${found[1]}.`,
    hint: `Install the library, or build the addon against a TensorFlow for the CUDA that is here: \`${build}\`.`,
  },
  {
    pattern:
      /invalid ELF header|wrong ELF class|file too short|cannot read file data|not a mach-o file|incompatible architecture|not a valid Win32/,
    text: () => `The addon of ${nodeGpuPackage} is damaged, or was built for another system than this one.`,
    hint: `Build it again here: \`${build}\`. Or ${script}.`,
  },
  {
    pattern: /undefined symbol: (\S+)|version `(\S+)' not found/,
    text: (found) =>
      `The addon of ${nodeGpuPackage} does not fit the libraries that are here (${found[1] ?? found[2]}).`,
    hint: `Was TensorFlow updated since it was built? Build it again: \`${build}\`.`,
  },
];

/** The package is not installed. */
export const packageMissing = (): PavlovError =>
  new PavlovError(`The device tfjs-node-gpu needs ${nodeGpuPackage}, which is not installed.`, {
    hint:
      `npm install --ignore-scripts ${nodeGpuPackage}, then \`${build}\`. For CUDA 11.2, npm install without ` +
      `--ignore-scripts downloads what it needs. ${others}.`,
  });

/** `PAVLOV_TFJS_NODE` names something else. */
export const folderMissing = (folder: string): PavlovError =>
  new PavlovError(`${nodeGpuFolderVariable} is ${folder}, which is no folder of ${nodeGpuPackage}.`, {
    hint: `Let it name the folder of ${nodeGpuPackage} that has its package.json, or unset it.`,
  });

/** It loads, and would compute on the CPU. */
export const noGpu = (): PavlovError =>
  new PavlovError(`${nodeGpuPackage} loads, but its TensorFlow sees no GPU.`, {
    hint:
      "nvidia-smi must list the GPU, and TensorFlow must be built for CUDA and find its libraries: pip install " +
      `"tensorflow[and-cuda]", then \`${build}\`. TF_CPP_MIN_LOG_LEVEL=0 has TensorFlow say what it misses; ${others}.`,
  });

/** What went wrong when the package was loaded, as a sentence. */
export function explainLoadFailure(cause: unknown): PavlovError {
  const message = errorMessage(cause);
  for (const { pattern, text, hint } of failures) {
    const found = pattern.exec(message);
    if (found !== null) return new PavlovError(text(found), { hint, cause });
  }
  const [first = message] = message.split("\n");
  return new PavlovError(`${nodeGpuPackage} does not load: ${first.replace(/\.$/, "")}.`, {
    hint: `Install it again: npm install --ignore-scripts ${nodeGpuPackage}, then \`${build}\`.`,
    cause,
  });
}
