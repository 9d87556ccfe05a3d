/** An estimate of the time left that follows changes of speed and ignores single slow steps. */

/** Steps that the estimate looks back on. */
const RECENT = 20;

/** Seconds that `steps` more steps will take: the median of the recent steps, without the first (it compiles). */
export const remainingSeconds = (stepSeconds: readonly number[], steps: number): number => {
  const settled = stepSeconds.length > 1 ? stepSeconds.slice(1) : stepSeconds;
  const recent = settled.slice(-RECENT).toSorted((a, b) => a - b);
  return (recent[Math.floor(recent.length / 2)] ?? 0) * steps;
};
