// Which prompts are read together: those of similar length, so that little is padded, and not too many at once.

/** Most tokens of one prefill, padding included: beyond this a larger batch is no faster and only takes memory. */
const maxPrefillTokens = 4096;

/** Smallest share of real tokens in a prefill. */
const leastFilled = 0.8;

/**
 * Batches of prompt indices, at most `maxPrompts` each, shortest prompts first. One prompt alone may exceed the token
 * limit. Prompts of equal length keep their order.
 */
export function planPrefills(prompts: readonly (readonly number[])[], maxPrompts: number): number[][] {
  const order = [...prompts.keys()].sort((a, b) => lengthOf(prompts, a) - lengthOf(prompts, b) || a - b);
  const batches: number[][] = [];
  let tokens = 0;
  for (const index of order) {
    const length = lengthOf(prompts, index);
    const batch = batches.at(-1);
    const padded = ((batch?.length ?? 0) + 1) * length;
    const fits = padded <= maxPrefillTokens && tokens + length >= leastFilled * padded;
    if (batch && batch.length < maxPrompts && fits) {
      batch.push(index);
      tokens += length;
    } else {
      batches.push([index]);
      tokens = length;
    }
  }
  return batches;
}

function lengthOf(prompts: readonly (readonly number[])[], index: number): number {
  return prompts[index]?.length ?? 0;
}
