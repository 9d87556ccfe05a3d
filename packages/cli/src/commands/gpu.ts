/** `pavlov gpu`: prepares what computes on a GPU. */
import { Command } from "commander";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import { requireTrainer } from "../trainer.js";

interface BuildOptions extends CommonOptions {
  readonly tensorflow: string;
}

const help = `
Most need nothing of this: device: auto takes any GPU by WebGPU, and device: cuda is ONNX Runtime's.

Examples:
  $ pavlov gpu build-tfjs --tensorflow .venv

"pavlov gpu <command> --help" tells more about each.`;

const buildHelp = `
device: tfjs-node-gpu computes with @tensorflow/tfjs-node-gpu, whose own install script brings TensorFlow 2.9 for CUDA
11.2. This command compiles its addon against the TensorFlow that pip installs today, for today's GPUs. It needs Linux, a
C++ compiler (CXX names one) and the driver of the GPU, and takes about a minute.

  npm install --ignore-scripts @tensorflow/tfjs-node-gpu
  python3 -m venv .venv
  .venv/bin/pip install "tensorflow[and-cuda]"
  npx pavlov gpu build-tfjs --tensorflow .venv
  npx pavlov train --device tfjs-node-gpu

The folder is the virtual environment, its site-packages/tensorflow, or what a wheel unpacks to (pip download --no-deps
tensorflow; python3 -m zipfile -e tensorflow-*.whl wheel). The addon finds TensorFlow's libraries there, so leave the folder
where it is, and run the command again where it moved, or after npm installed the package again.

Environment:
  CUDA_VISIBLE_DEVICES   which GPU computes; where several are seen, the last one does
  PAVLOV_TFJS_NODE       a folder of @tensorflow/tfjs-node-gpu that is installed elsewhere
  PAVLOV_TFJS_NODE_CPU   1 lets it compute on the CPU where it sees no GPU, for tests
  TF_FORCE_GPU_ALLOW_GROWTH, TF_CPP_MIN_LOG_LEVEL, NVIDIA_TF32_OVERRIDE
                         are true, 1 and 0 unless they are set

Examples:
  $ pavlov gpu build-tfjs --tensorflow .venv
  $ pavlov gpu build-tfjs --tensorflow .venv/lib/python3.12/site-packages/tensorflow --json`;

/** The command with its own command, for the program. */
export function gpuCommand(): Command {
  return new Command("gpu")
    .description("prepare what computes on a GPU")
    .addHelpText("after", help)
    .addCommand(buildTfjsCommand());
}

function buildTfjsCommand(): Command {
  const command = new Command("build-tfjs")
    .description("compile tfjs-node-gpu against the TensorFlow that pip installed")
    .requiredOption("--tensorflow <folder>", "TensorFlow's folder, or a virtual environment that holds it");
  return commonOptions(command, "print what was built as one JSON object")
    .addHelpText("after", buildHelp)
    .action(async (options: BuildOptions) => {
      await invoke(options, (invocation) => build(options.tensorflow, invocation));
    });
}

async function build(tensorflow: string, { screen, loudness, signal }: Invocation): Promise<void> {
  await requireTrainer("pavlov gpu build-tfjs");
  const { buildTfjs } = await import("@pavlov/trainer");
  const { shownPath } = await import("../terminal/sections.js");
  const report = (step: string): void => {
    if (loudness === "normal") screen.print(screen.colors.dim(step));
  };
  const built = await buildTfjs({ tensorflow, report, signal });
  if (loudness === "json") screen.print(JSON.stringify(built));
  if (!built.gpu && loudness !== "json") {
    const reason = built.tensorflow.cuda === null ? "this TensorFlow is for CPUs alone" : "nvidia-smi must list one";
    screen.complain(`${screen.errorColors.yellow("warning:")} TensorFlow sees no GPU: ${reason}.`);
  }
  if (loudness !== "normal") return;
  const { version, cuda } = built.tensorflow;
  const kind = cuda === null ? "" : ` (CUDA ${cuda})`;
  screen.print(`Built ${shownPath(built.addon)} with TensorFlow ${version}${kind} in ${built.seconds.toFixed(0)} s.`);
  const speed = built.gigaflops < 10 ? built.gigaflops.toFixed(1) : built.gigaflops.toFixed(0);
  screen.print(`It computes on the ${built.gpu ? "GPU" : "CPU"}: ${speed} GFLOP/s.`);
  screen.print();
  if (built.gpu) {
    screen.print("Next:");
    screen.print("  pavlov train --device tfjs-node-gpu");
  } else if (cuda === null) {
    screen.print("For a GPU, build it against the TensorFlow that has CUDA:");
    screen.print('  pip install "tensorflow[and-cuda]"');
  } else {
    screen.print("TF_CPP_MIN_LOG_LEVEL=0 pavlov train --device tfjs-node-gpu says what TensorFlow misses.");
  }
}
