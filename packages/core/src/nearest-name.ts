/** Suggests the name that a user probably meant: other spellings of one name first, then edit distance. */

/** `num_generations`, `num-generations` and `NumGenerations` become `numgenerations`. */
function normalized(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

/** The optimal string alignment distance: letters added, left out, replaced or swapped with their neighbour. */
function edits(from: string, to: string): number {
  // Rows of the table of distances between the first letters of each: two letters back, one back, and this letter's.
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const at = (line: readonly number[], back: number): number => line[column - back] ?? Infinity;
      const replaced = at(last, 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? at(beforeLast, 2) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, at(last, 0) + 1, at(current, 1) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? from.length;
}

/** Whether two names are one in different spellings: `num_generations` and `numGenerations`. */
export const isSameName = (one: string, other: string): boolean => normalized(one) === normalized(other);

/**
 * The candidate nearest to `name`, or undefined when none is near: at most a third of the letters may differ
 * (at least one); two neighbouring letters that changed places count as one. Snake, kebab and other cases of a candidate are that candidate: `num_generations` gives
 * `numGenerations`.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalized(name);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate === name) return candidate;
    const other = normalized(candidate);
    const letters = edits(wanted, other);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3));
    if (letters <= allowed && letters < bestDistance && letters < Math.max(wanted.length, other.length)) {
      best = candidate;
      bestDistance = letters;
    }
  }
  return best;
}

/** ` Did you mean "numGenerations"?`, or an empty string when nothing is near. Append it to an error's sentence. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : ` Did you mean "${found}"?`;
}
