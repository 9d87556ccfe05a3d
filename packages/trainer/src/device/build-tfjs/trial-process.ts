/** A process of its own that loads tfjs-node-gpu and computes a product with it, on the CPU where it has no GPU. */
import { errorMessage, PavlovError } from "@pavlov/core";
import { createTfjsEngine } from "../../engine/tfjs/engine.js";
import { tryEngine } from "../trial.js";
import type { Answer } from "./try-addon.js";

/** Billions of floating-point operations a second. */
export interface TrialReport {
  readonly gigaflops: number;
}

const trial = async (): Promise<Answer<TrialReport>> => {
  try {
    return { gigaflops: await tryEngine(await createTfjsEngine("tensorflow")) };
  } catch (error) {
    const hint = PavlovError.isInstance(error) ? error.hint : undefined;
    return { failure: errorMessage(error), ...(hint === undefined ? {} : { hint }) };
  }
};

const answer = await trial();
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit(0));
