/**
 * The order in which TRL's sampler takes the rows of a dataset: `torch.randperm` under a seed. The benchmark follows
 * it, so that both trainers meet the same prompts, of the same lengths, at the same steps.
 */

/** State words of the Mersenne Twister, and the distance between the words that are mixed. */
const WORDS = 624;
const DISTANCE = 397;

/** The 32-bit numbers of MT19937 (Matsumoto and Nishimura, 1998), whose CPU generator PyTorch has. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let index = 1; index < WORDS; index += 1) {
    const before = state[index - 1] as number;
    state[index] = Math.imul(1812433253, before ^ (before >>> 30)) + index;
  }
  let next = WORDS;
  const twist = (): void => {
    for (let index = 0; index < WORDS; index += 1) {
      const following = state[(index + 1) % WORDS] as number;
      const mixed = ((state[index] as number) & 0x80000000) | (following & 0x7fffffff);
      const distant = state[(index + DISTANCE) % WORDS] as number;
      state[index] = distant ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    next = 0;
  };
  return () => {
    if (next === WORDS) twist();
    let word = state[next++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** The numbers 0 … size - 1 as `torch.randperm(size, generator=torch.Generator().manual_seed(seed))` orders them. */
export function peerOrder(size: number, seed: number): number[] {
  const random = mersenneTwister(seed);
  const order = Array.from({ length: size }, (_, index) => index);
  for (let index = 0; index < size - 1; index += 1) {
    const other = index + (random() % (size - index));
    [order[index], order[other]] = [order[other] as number, order[index] as number];
  }
  return order;
}
