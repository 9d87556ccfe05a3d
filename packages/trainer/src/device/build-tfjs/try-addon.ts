/** Loads an addon in a process of its own, so that a broken one ends nothing else. */
import { PavlovError } from "@pavlov/core";
import { explainLoadFailure } from "../../engine/tfjs/node-gpu-errors.js";
import { tensorflowEnvironment } from "../../engine/tfjs/node-gpu.js";
import { runProgram } from "./compiler.js";

/** What an addon says of itself. */
export interface AddonReport {
  /** The version of TensorFlow that it computes with. */
  readonly version: string;
  /** Whether that sees a GPU. */
  readonly gpu: boolean;
}

/** What a process of the trial prints as its last line. */
export type Answer<T> = T | { readonly failure: string; readonly hint?: string };

const script = `
  const answer = (value) => process.stdout.write("\\n" + JSON.stringify(value) + "\\n", () => process.exit(0));
  try {
    const addon = require(process.argv[1]);
    answer({ version: addon.TF_Version, gpu: addon.isUsingGpuDevice() });
  } catch (error) {
    answer({ failure: error.message });
  }`;

/** Runs Node.js and returns the answer that it prints. */
export async function askProcess<T>(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const { code, output, failure } = await runProgram(process.execPath, args, {
    env: { ...tensorflowEnvironment, ...process.env, ...env },
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  const line = output.split("\n").findLast((text) => text.startsWith("{"));
  if (line !== undefined) return JSON.parse(line) as Answer<T>;
  const last = output.trim().split("\n").at(-1) ?? "";
  return {
    failure: failure?.message ?? `the process ended with exit code ${code ?? "of a signal"}${last && `: ${last}`}`,
  };
}

/**
 * Loads the addon.
 *
 * @throws PavlovError where it does not load.
 */
export async function tryAddon(file: string, signal?: AbortSignal): Promise<AddonReport> {
  const answer = await askProcess<AddonReport>(["-e", script, file], {}, signal);
  if (!("failure" in answer)) return answer;
  const { message, hint } = explainLoadFailure(new Error(answer.failure));
  throw new PavlovError(`The addon was compiled, but does not load. ${message}`, hint === undefined ? {} : { hint });
}
