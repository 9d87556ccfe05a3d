/** A question on the terminal that is answered with y or n. */
import { createInterface } from "node:readline/promises";

/** Whether somebody can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/** True where the answer begins with y. Rejects with the signal's reason where it is aborted. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^\s*y/i.test(await lines.question(`${question} [y/N] `, { signal }));
  } finally {
    lines.close();
  }
}
