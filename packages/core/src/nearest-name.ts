/** Suggests the name that a user probably meant: other spellings of one name first, then edit distance. */
import { distance } from "fastest-levenshtein";

/** `num_generations`, `num-generations` and `NumGenerations` become `numgenerations`. */
function normalized(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

/**
 * The candidate nearest to `name`, or undefined when none is near: at most a third of the letters may differ
 * (at least one). Snake, kebab and other cases of a candidate are that candidate: `num_generations` gives
 * `numGenerations`.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalized(name);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate === name) return candidate;
    const other = normalized(candidate);
    const letters = distance(wanted, other);
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
