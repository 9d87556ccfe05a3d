/** Means and deviations that skip missing values, as PyTorch's `nanmean` and TRL's `nanstd`. */

/** Mean of the values that are not null; NaN when there is none. */
export function meanOf(values: readonly (number | null)[]): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}

/** Sample standard deviation (divisor n - 1) of the values that are not null; NaN with fewer than two. */
export function deviationOf(values: readonly (number | null)[]): number {
  const mean = meanOf(values);
  let squares = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    squares += (value - mean) ** 2;
    count += 1;
  }
  return count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN;
}

/** The smallest value; infinity when there is none. Spread arguments would overflow the stack at some 100,000 values. */
export function smallestOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** The largest value; minus infinity when there is none. */
export function largestOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
