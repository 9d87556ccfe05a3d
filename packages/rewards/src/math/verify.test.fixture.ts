// Answers against gold ones, in rows.
import { expect } from "vitest";
import type { MathOptions } from "./options.js";
import { verify } from "./verify.js";

type Row = readonly [gold: string, answer: string, right: boolean, options?: MathOptions];

/** Expects of each row that the answer is right, or wrong. */
export const expectAll = (rows: readonly Row[]): void => {
  for (const [gold, answer, right, options] of rows) {
    const result = verify(gold, answer, options);
    expect({ gold, answer, right: result.verdict === "correct", result }).toMatchObject({ gold, answer, right });
  }
};
