/**
 * The driver of failing-driver.c for tests: compiled where there is a C compiler, in front of the driver that tests of
 * GPUs use, and a project whose model is so small that a processor may play the GPU.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { initialize, parseModelConfig, saveModel } from "@pavlov/trainer";
import { repository, type Ended } from "../../end-to-end/run-pavlov.test.fixture.js";

const source = fileURLToPath(new URL("../../../src/gpu/failing-driver/failing-driver.c", import.meta.url));

/** What the driver is asked to do; see failing-driver.c. */
export type Fault = Readonly<Partial<Record<`FAILING_DRIVER_${string}`, string>>>;

const manifestOf = (): string => process.env["PAVLOV_GPU_DRIVER"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";

const hasCompiler = (): boolean => {
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Null where the driver can be had here, else why not. */
export const whyNoFailingDriver = (): string | null => {
  if (process.env["PAVLOV_REQUIRE_GPU"] !== "1") return "PAVLOV_REQUIRE_GPU is not 1";
  if (process.platform !== "linux") return "the driver is one for Linux";
  if (!existsSync(manifestOf())) return `there is no driver ${manifestOf()} to put it in front of`;
  return hasCompiler() ? null : "there is no C compiler (cc)";
};

/** Compiles the driver into `folder` and returns the variables that have a process use it. */
export const compileFailingDriver = async (folder: string): Promise<NodeJS.ProcessEnv> => {
  const library = join(folder, "libfailing_driver.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], { stdio: "inherit" });
  const manifest = join(folder, "failing.json");
  const real = JSON.parse(await readFile(manifestOf(), "utf8")) as { ICD: { library_path: string } };
  const icd = { library_path: library, api_version: "1.1.0" };
  await writeFile(manifest, JSON.stringify({ file_format_version: "1.0.0", ICD: icd }));
  return {
    VK_ICD_FILENAMES: manifest,
    FAILING_DRIVER_REAL: resolve(dirname(manifestOf()), real.ICD.library_path),
  };
};

const bundled = join(repository, "models/arithmetic");

/** A model of random weights beside the bundled model's tokenizer. */
const writeModel = async (folder: string, changes: Readonly<Record<string, number>>): Promise<void> => {
  const ofBundled = JSON.parse(await readFile(join(bundled, "config.json"), "utf8")) as Record<string, number>;
  const configJson = { ...ofBundled, initializer_range: 0.3, ...changes };
  await saveModel(folder, { parameters: initialize(parseModelConfig(configJson), 1), configJson });
  for (const file of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"]) {
    await cp(join(bundled, file), join(folder, file));
  }
};

const shared = { num_attention_heads: 2, num_key_value_heads: 2, head_dim: 8, hidden_size: 16 };

/** A folder with configs `train.yaml`, `sft.yaml` and `eval.yaml`, and models. */
export const createProject = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-failing-gpu-"));
  await writeModel(join(folder, "tiny"), { ...shared, num_hidden_layers: 1, intermediate_size: 24 });
  // Much memory for little work: weights, and keys and values.
  await writeModel(join(folder, "wide"), { ...shared, num_hidden_layers: 1, intermediate_size: 20_000 });
  const heads = { num_attention_heads: 8, num_key_value_heads: 8, head_dim: 128 };
  await writeModel(join(folder, "heads"), { ...shared, ...heads, num_hidden_layers: 1, intermediate_size: 24 });
  const rows = Array.from({ length: 4 }, (_, index) => {
    const [first, second] = [100 + index * 37, 200 + index * 11];
    return `${JSON.stringify({ prompt: `${first}+${second}=`, completion: ` ${first + second}` })}\n`;
  });
  await writeFile(join(folder, "data.jsonl"), rows.join(""));
  const grpo = "{ numGenerations: 4, perDeviceTrainBatchSize: 4, maxSteps: 2, saveSteps: 1, maxCompletionLength: 4 }";
  const lines = ["dataset: { path: data.jsonl }", "rewards: { length: { use: length } }", `train: ${grpo}`];
  const quiet = "evaluate: { before: false, after: false }";
  await writeFile(join(folder, "train.yaml"), ["model: ./tiny", quiet, ...lines, ""].join("\n"));
  await writeFile(join(folder, "wide.yaml"), ["model: ./wide", quiet, ...lines, ""].join("\n"));
  const evaluation = ["model: ./tiny", "evalDataset: { path: data.jsonl }", ...lines, ""];
  await writeFile(join(folder, "eval.yaml"), evaluation.join("\n"));
  const sft = "train: { perDeviceTrainBatchSize: 4, maxSteps: 2, saveSteps: 1 }";
  await writeFile(join(folder, "sft.yaml"), ["model: ./tiny", lines[0], sft, ""].join("\n"));
  return folder;
};

/** A command that takes longer than this many milliseconds hangs. */
const LONGEST = 100_000;

const command = join(repository, "packages/cli/bin/pavlov.js");

/** Runs the built command in `folder` and a process of its own; one that hangs is ended, with exit code -1. */
export const runFailing = (
  folder: string,
  env: NodeJS.ProcessEnv,
  fault: Fault,
  args: readonly string[],
): Promise<Ended> =>
  new Promise((ended) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1", ...env, ...fault }, timeout: LONGEST };
    execFile(process.execPath, [command, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      ended({ exitCode: typeof code === "number" ? code : -1, stdout, stderr });
    });
  });

/** As {@link runFailing}, but kills the process that holds the model as soon as `path` is there. */
export const runKilled = async (
  folder: string,
  env: NodeJS.ProcessEnv,
  path: string,
  args: readonly string[],
): Promise<Ended> => {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", ...env },
    timeout: LONGEST,
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (text) => (texts[name] += String(text)));
  const watch = setInterval(() => {
    if (!existsSync(path)) return;
    clearInterval(watch);
    const children = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(child.pid)], { encoding: "utf8" });
    const holder = children.split("\n").find((line) => line.includes("policy-process"));
    if (holder !== undefined) process.kill(Number.parseInt(holder, 10), "SIGKILL");
  }, 20);
  const exitCode = await new Promise<number>((ended) => child.on("close", (code) => ended(code ?? -1)));
  clearInterval(watch);
  return { exitCode, ...texts };
};
