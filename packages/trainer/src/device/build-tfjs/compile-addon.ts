/** Compiles the addon of tfjs-node-gpu against a TensorFlow, as its binding.gyp says, with one call of the compiler. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { runProgram } from "./compiler.js";
import { type TensorflowFolder, tensorflowLibraries } from "./tensorflow-folder.js";

const sources = ["tfjs_backend.cc", "tfjs_binding.cc"] as const;

/** What is compiled, with what, and to where. */
export interface CompileOptions {
  readonly compiler: string;
  /** The folder of tfjs-node-gpu. */
  readonly packageFolder: string;
  /** The version of Node-API. */
  readonly apiVersion: number;
  /** The folder with `node_api.h`. */
  readonly nodeHeaders: string;
  readonly tensorflow: TensorflowFolder;
  /** The addon to write. */
  readonly output: string;
  /** Where everything that the compiler says is written if it fails. */
  readonly logFile: string;
  readonly signal?: AbortSignal;
}

/** Lines of the compiler's that a message shows. */
const shownLines = 3;

/** The compiler's arguments. The addon finds the libraries where they lie now, and those of CUDA beside them. */
export function compilerArguments({
  apiVersion,
  nodeHeaders,
  packageFolder,
  tensorflow,
  output,
}: CompileOptions): string[] {
  return [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-pthread"],
    ...[`-DNAPI_VERSION=${apiVersion}`, "-DNODE_GYP_MODULE_NAME=tfjs_binding", "-DBUILDING_NODE_EXTENSION"],
    ...["-I", nodeHeaders, "-I", tensorflow.include],
    ...sources.map((source) => join(packageFolder, "binding", source)),
    ...["-o", output, "-L", tensorflow.folder],
    ...tensorflowLibraries.map((library) => `-l:${library}`),
    // One argument each, so that a comma in the path is no separator.
    ...["-Xlinker", "-rpath", "-Xlinker", tensorflow.folder],
  ];
}

/**
 * Compiles. What the compiler says of a failure goes into the log file.
 *
 * @throws PavlovError where the package has no sources, or the compiler fails.
 */
export async function compileAddon(options: CompileOptions): Promise<void> {
  const { compiler, packageFolder, logFile, signal } = options;
  const missing = sources.find((source) => !existsSync(join(packageFolder, "binding", source)));
  if (missing !== undefined) {
    throw new PavlovError(`${packageFolder} has no binding/${missing}, the source of its addon.`, {
      hint: "Install the package again: npm install --ignore-scripts @tensorflow/tfjs-node-gpu.",
    });
  }
  const args = compilerArguments(options);
  const { code, output, failure } = await runProgram(compiler, args, signal === undefined ? {} : { signal });
  signal?.throwIfAborted();
  if (code === 0) return;
  await writeFile(logFile, `${[compiler, ...args].join(" ")}\n\n${output}${failure?.message ?? ""}\n`);
  const errors = output.split("\n").filter((line) => /\berror\b|undefined reference|cannot find/i.test(line));
  const [first = failure?.message ?? `exit code ${code}`] = errors;
  throw new PavlovError(`${compiler} does not compile the addon: ${first.trim()}`, {
    hint: `All that it says is in ${logFile}. It needs a compiler of C++17; TensorFlow 2.21 is known to work.`,
    cause: new Error(errors.slice(0, shownLines).join("\n")),
  });
}
