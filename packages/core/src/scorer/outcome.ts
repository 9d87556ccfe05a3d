/** What one reward's call gave for one sample, and the checks that turn a returned value into it. */
import { PavlovError } from "../error.js";
import type { Range, Score } from "../reward.js";

/** A score, or one sentence that says why there is none. Plain data: it crosses to and from worker threads. */
export type Outcome =
  | {
      readonly ok: true;
      readonly score: Score;
      readonly reason?: string;
      readonly metrics?: Readonly<Record<string, number>>;
      readonly usage?: Readonly<Record<string, number>>;
      /** It was kept from an earlier call, or shared with one under way. */
      readonly cached?: true;
    }
  | { readonly ok: false; readonly message: string; readonly cause?: unknown };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The sample that an outcome belongs to, as error messages name it. */
export interface SampleIdentity {
  readonly index: number;
  readonly groupId: string;
}

/** How far a score may lie outside its range before it is an error: room for rounding. */
const RANGE_TOLERANCE = 1e-9;

export function failure(message: string, cause?: unknown): Outcome {
  return cause === undefined ? { ok: false, message } : { ok: false, message, cause };
}

/** `sample 3 (group "g1")` */
export function nameSample({ index, groupId }: SampleIdentity): string {
  return `sample ${index} (group ${JSON.stringify(groupId)})`;
}

/** The sentence for a value that was thrown, whatever it is, with the hint that it may have. Never throws itself. */
export function describeThrown(thrown: unknown): string {
  try {
    if (PavlovError.isInstance(thrown) && thrown.hint !== undefined) return `${thrown.message} ${thrown.hint}`;
    if (thrown instanceof Error) return thrown.message === "" ? thrown.name : thrown.message;
    // Errors of another realm (a vm context) are no instances of ours.
    if (typeof thrown === "object" && thrown !== null && "message" in thrown) return String(thrown.message);
    return String(thrown);
  } catch {
    return "a value that cannot be shown";
  }
}

/** Shows a value in an error message, in at most 80 characters. */
export function showValue(value: unknown): string {
  let text: string | undefined;
  try {
    // JSON says null for NaN and the infinities, and throws on cycles and bigints.
    text = typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value);
    text ??= String(value);
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Checks one returned value: null, a finite number inside `range`, or an object with such a `score`. */
export function checkResult(reward: string, returned: unknown, range: Range, sample: SampleIdentity): Outcome {
  const wrong = (what: string) => failure(`Reward "${reward}" ${what} on ${nameSample(sample)}.`);
  const detailed = typeof returned === "object" && returned !== null;
  if (detailed && !Object.hasOwn(returned, "score")) {
    return wrong(`returned ${showValue(returned)}, which has no "score",`);
  }
  const score: unknown = detailed ? (returned as { score: unknown }).score : returned;
  if (score !== null && typeof score !== "number") {
    return wrong(`returned ${showValue(score)} instead of a number or null`);
  }
  if (score !== null && !Number.isFinite(score)) return wrong(`returned ${score} instead of a finite number`);
  const [minimum, maximum] = range;
  const below = score !== null && minimum !== null && score < minimum - RANGE_TOLERANCE;
  const above = score !== null && maximum !== null && score > maximum + RANGE_TOLERANCE;
  if (below || above) {
    const bounds = `[${minimum ?? "-Infinity"}, ${maximum ?? "Infinity"}]`;
    return wrong(`returned ${score}, outside its range ${bounds},`);
  }
  if (!detailed) return { ok: true, score };

  const { reason, metrics, usage } = returned as { reason?: unknown; metrics?: unknown; usage?: unknown };
  if (reason !== undefined && typeof reason !== "string") {
    return wrong(`returned the reason ${showValue(reason)}, which is not text,`);
  }
  const measured = readNumbers(metrics, (shown) => `returned the metrics ${shown}, which are`, "metric");
  if (typeof measured === "string") return wrong(measured);
  const used = readNumbers(usage, (shown) => `returned the usage ${shown}, which is`, "usage");
  if (typeof used === "string") return wrong(used);
  // Filled in step by step: this is made for every score.
  const outcome: Mutable<Extract<Outcome, { ok: true }>> = { ok: true, score };
  if (reason !== undefined) outcome.reason = reason;
  if (measured) outcome.metrics = measured;
  if (used) outcome.usage = used;
  return outcome;
}

/** Numbers by name; a text says what is wrong with them. */
function readNumbers(
  given: unknown,
  describe: (shown: string) => string,
  kind: string,
): Readonly<Record<string, number>> | string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null) return `${describe(showValue(given))} not an object of numbers,`;
  const numbers: Record<string, number> = {};
  for (const name of Object.keys(given)) {
    const value: unknown = (given as Record<string, unknown>)[name];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return `returned ${showValue(value)} for its ${kind} "${name}" instead of a finite number`;
    }
    // Assigned, this name would change the object's prototype instead.
    if (name === "__proto__") Object.defineProperty(numbers, name, { value, enumerable: true });
    else numbers[name] = value;
  }
  return numbers;
}

/** Checks what `scoreGroup` or `scoreBatch` returned: a list with one result, or an error, for each sample. */
export function checkResults(
  reward: string,
  method: "scoreGroup" | "scoreBatch",
  returned: unknown,
  range: Range,
  samples: readonly SampleIdentity[],
): Outcome[] {
  if (!Array.isArray(returned) || returned.length !== samples.length) {
    const got = Array.isArray(returned) ? `a list of ${returned.length}` : showValue(returned);
    const expected = samples.length === 1 ? "1 sample" : `${samples.length} samples`;
    const message = `Reward "${reward}" returned ${got} from ${method} for ${expected}: one result per sample is needed`;
    return samples.map((sample) => failure(`${message} (${nameSample(sample)}).`));
  }
  return samples.map((sample, position) => {
    const result: unknown = returned[position];
    if (!(result instanceof Error)) return checkResult(reward, result, range, sample);
    return failure(`Reward "${reward}" failed on ${nameSample(sample)}: ${describeThrown(result)}`, result);
  });
}
