// Explains weights that are not there: mostly they are, under a name with another prefix.
import { PavlovError, nearest } from "@pavlov/core";
import { shown } from "./json-file.js";

/**
 * The error for weights that config.json asks for and the files lack. `missing` holds at least one name; `unexpected`
 * are the names in the files that the model does not have.
 */
export function missingWeight(folder: string, missing: readonly string[], unexpected: readonly string[]): PavlovError {
  const [first = ""] = missing;
  const others = missing.length > 1 ? `, like ${missing.length - 1} more` : "";
  const sentence = `${folder}: the weight ${first} is missing${others}; config.json asks for it.`;
  const renamed = otherPrefix(missing, unexpected);
  if (renamed !== null) {
    const [has, wants] = renamed;
    const lacks = has === "" ? `lack the prefix "${wants}"` : `begin with "${has}" instead of "${wants}"`;
    return new PavlovError(
      wants === ""
        ? `${sentence} The file's names have "${has}" before them.`
        : `${sentence} The file's names ${lacks}.`,
      { hint: "Rename them, or save the model again with transformers' AutoModelForCausalLM." },
    );
  }
  if (first === "lm_head.weight") {
    return new PavlovError(sentence, {
      hint: "If the head shares the embeddings, set tie_word_embeddings to true in config.json.",
    });
  }
  if (unexpected.length === 0) return new PavlovError(sentence);
  const near = mostAlike(first, unexpected);
  const found = near ?? unexpected[0];
  return new PavlovError(
    `${sentence} The file has ${shown(found)}, which is not a weight of this model.`,
    near === undefined ? { hint: "Is it a model of another family than config.json says?" } : {},
  );
}

/** The file's prefix and the model's, where exchanging them brings back every missing weight (a tied head apart). */
function otherPrefix(missing: readonly string[], unexpected: readonly string[]): [string, string] | null {
  const [first = ""] = missing;
  const names = new Set(unexpected);
  for (const candidate of unexpected) {
    const suffix = commonSuffix(candidate, first);
    if (suffix === "" || suffix.split(".").length < 2) continue;
    const has = candidate.slice(0, candidate.length - suffix.length);
    const wants = first.slice(0, first.length - suffix.length);
    const moved = (name: string) => name.startsWith(wants) && names.has(has + name.slice(wants.length));
    if (missing.filter((name) => name !== "lm_head.weight").every(moved)) return [has, wants];
  }
  return null;
}

/** The parts between points that two names end with alike. */
function commonSuffix(a: string, b: string): string {
  const [left, right] = [a.split("."), b.split(".")];
  let count = 0;
  while (count < Math.min(left.length, right.length) && left.at(-1 - count) === right.at(-1 - count)) count++;
  return count === 0 ? "" : right.slice(right.length - count).join(".");
}

/** The name nearest to `name`; only the first thousand are compared, since that takes time. */
function mostAlike(name: string, candidates: readonly string[]): string | undefined {
  return nearest(
    name,
    candidates.slice(0, 1000).filter((candidate) => candidate.length <= 200),
  );
}
