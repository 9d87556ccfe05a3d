// Which prompts are read together: those of similar length, so that little is padded, and not too many at once. A group
// of more completions than are sampled at the same time is sampled in parts, for each of which its prompt is read.

/** Most tokens of one prefill, padding included: beyond this a larger batch is no faster and only takes memory. */
const maxPrefillTokens = 4096;

/** Smallest share of real tokens in a prefill. */
const leastFilled = 0.8;

/** Completions of one prompt that are sampled together: all of its group, or a part of it. */
export interface PromptRows {
  /** The prompt's index. */
  readonly prompt: number;
  /** The first of its completions, from 0. */
  readonly first: number;
  readonly count: number;
}

/**
 * What each prefill reads, shortest prompts first: prompts with `generations` completions each, at most `maxRows` (at
 * least 1) of them at a time.
 */
export function planPrefills(
  prompts: readonly (readonly number[])[],
  generations: number,
  maxRows: number,
): PromptRows[][] {
  const most = Math.max(1, maxRows);
  const whole = (prompt: number): PromptRows => ({ prompt, first: 0, count: generations });
  if (generations <= most) {
    return batchesOf(prompts, Math.floor(most / generations)).map((batch) => batch.map(whole));
  }
  const firsts = Array.from({ length: Math.ceil(generations / most) }, (_, part) => part * most);
  return batchesOf(prompts, 1)
    .flat()
    .flatMap((prompt) => firsts.map((first) => [{ prompt, first, count: Math.min(most, generations - first) }]));
}

/**
 * Batches of prompt indices, at most `maxPrompts` each, shortest prompts first. One prompt alone may exceed the token
 * limit. Prompts of equal length keep their order.
 */
function batchesOf(prompts: readonly (readonly number[])[], maxPrompts: number): number[][] {
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
