// One line of a program's answer, in the format that services of the reward `http` speak, with the sample's id.
import { PavlovError, type ScoreResult } from "@pavlov/core";
import { z } from "zod";
import { quote } from "../quote.js";

/** What one line says. */
export interface Answer {
  /** The sample's id, where the program repeats it. */
  readonly id: number | undefined;
  /** An error where the program says that it failed on the sample. */
  readonly result: ScoreResult | PavlovError;
}

/** Characters of a reason that are kept. */
const LONGEST_REASON = 2_000;

const failed = z.object({ id: z.number().nullish(), error: z.string() });
const scored = z.object({
  id: z.number().nullish(),
  score: z.number().nullable(),
  reason: z.string().nullish(),
  metrics: z.record(z.string(), z.number()).nullish(),
});

/** Reads a line; undefined where it is no answer. */
export function readAnswer(line: string): Answer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (value === null || typeof value === "number") return { id: undefined, result: value };
  const failure = failed.safeParse(value);
  if (failure.success) {
    const { id, error } = failure.data;
    return { id: id ?? undefined, result: new PavlovError(`The program failed on a sample: ${quote(error)}.`) };
  }
  const success = scored.safeParse(value);
  if (!success.success) return undefined;
  const { id, score, reason, metrics } = success.data;
  const shown = reason && reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
  return { id: id ?? undefined, result: { score, ...(shown && { reason: shown }), ...(metrics && { metrics }) } };
}
