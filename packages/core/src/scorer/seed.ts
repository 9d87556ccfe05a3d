/** Seeds for rewards that draw random numbers: the finalizer of MurmurHash3 (Austin Appleby, public domain). */

/** A 32-bit unsigned integer that depends on the run's seed, the step and the sample's index, and on nothing else. */
export function sampleSeed(seed: number, step: number, index: number): number {
  let hash = 0x9e3779b9;
  for (const part of [seed, step, index]) {
    // A seed may be any number up to 2^53: both halves count.
    hash = mix(hash ^ (part >>> 0));
    hash = mix(hash ^ (Math.floor(part / 2 ** 32) >>> 0));
  }
  return hash >>> 0;
}

function mix(word: number): number {
  let hash = word + 0x9e3779b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
