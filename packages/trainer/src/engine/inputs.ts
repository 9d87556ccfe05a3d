/** Checks what a program is run with against what it was compiled for. */
import { PavlovError } from "@pavlov/core";
import type { Buffers, Specs } from "./engine.js";

/**
 * Checks the names, dtypes and shapes of a run's inputs; a symbol has one size per run. Returns the symbols' sizes.
 *
 * @throws PavlovError that names the program, the input and both shapes.
 */
export function checkInputs(program: string, specs: Specs, inputs: Buffers): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [name, spec] of Object.entries(specs)) {
    const buffer = inputs[name];
    const expected = `${spec.dtype} [${spec.shape.join(", ")}]`;
    if (buffer === undefined)
      throw new PavlovError(`the program "${program}" was run without its input "${name}" (${expected})`);
    const fits =
      buffer.dtype === spec.dtype &&
      buffer.shape.length === spec.shape.length &&
      spec.shape.every((size, axis) => {
        const actual = buffer.shape[axis] as number;
        if (typeof size === "number") return size === actual;
        if (!sizes.has(size)) sizes.set(size, actual);
        return sizes.get(size) === actual;
      });
    if (fits) continue;
    const known = [...sizes].map(([symbol, size]) => `${symbol} = ${size}`).join(", ");
    throw new PavlovError(
      `the input "${name}" of the program "${program}" is ${buffer.dtype} [${buffer.shape.join(", ")}], ` +
        `but should be ${expected}${known === "" ? "" : ` (${known})`}`,
    );
  }
  return sizes;
}
