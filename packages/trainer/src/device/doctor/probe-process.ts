/**
 * A process of its own that tries one engine and says in a line of JSON how it went: where a library or a driver ends
 * the process, it ends this one. Its argument is the engine's name.
 */
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Engine } from "../../engine/engine.js";
import { createOnnxRuntimeEngine } from "../../engine/onnxruntime/engine.js";
import { createTfjsEngine } from "../../engine/tfjs/engine.js";
import { tryEngine } from "../trial.js";
import type { Trial } from "./try-engine.js";

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  cpu: () => createOnnxRuntimeEngine(),
  cuda: () => createOnnxRuntimeEngine({ provider: "cuda" }),
  "tfjs-node-gpu": () => createTfjsEngine("tensorflow"),
};

const trial = async (name: string): Promise<Trial> => {
  try {
    const open = engines[name];
    if (open === undefined) throw new PavlovError(`"${name}" is no engine that can be tried.`);
    return { works: true, speed: await tryEngine(await open()) };
  } catch (error) {
    const hint = PavlovError.isInstance(error) ? error.hint : undefined;
    const reason = (errorMessage(error).split("\n")[0] ?? "").replace(/\.$/, "");
    return { works: false, reason, ...(hint !== undefined && { hint }) };
  }
};

const found = await trial(process.argv[2] ?? "");
// At once: a device's threads would keep the process.
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
