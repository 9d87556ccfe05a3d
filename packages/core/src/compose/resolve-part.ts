/** Checks one part of a composite (weight, column mapping, params, policy) and fills in the defaults. */
import { isReward } from "../define-reward.js";
import { errorMessage, PavlovError } from "../error.js";
import { suggestion } from "../nearest-name.js";
import type { ObjectSchema, Reward } from "../reward.js";
import { acceptsUnknownKeys, columnNames } from "../schema/json-schema.js";
import { formatPath, validateSync, valueAt } from "../schema/validate.js";
import type { RewardUse } from "../scorer/types.js";
import type { AnyUseOptions, UsedReward } from "./use.js";

/** A reward under a name: with options, or bare. */
export type Part = UsedReward | Reward;

/** @throws PavlovError that names the part, the reward, the option and its value. */
export function resolvePart(name: string, part: Part, combined: boolean): RewardUse {
  const { reward, options } = unpack(name, part);
  const label = name === reward.name ? `Reward "${name}"` : `Reward "${name}" (${reward.name})`;
  const fail = (problem: string, hint?: string): never => {
    throw new PavlovError(`${label}: ${problem}`, { hint });
  };
  const { weight, params: givenParams, columns: givenColumns, ...policy } = options;
  if (weight !== undefined && !Number.isFinite(weight)) fail(`the weight ${show(weight)} must be a finite number.`);
  if (combined && weight !== undefined && weight !== 0) {
    fail(
      `the weight ${weight} cannot be used together with a combine expression.`,
      "Write the factor into the expression; weight: 0 keeps a reward as a metric only.",
    );
  }
  checkPolicy(policy, fail);
  const columns = resolveColumns(reward, givenColumns ?? {}, fail);
  const params = resolveParams(reward, givenParams, fail);
  checkRange(reward, params, fail);
  return { ...policy, reward, weight: weight ?? 1, columns, params };
}

function unpack(name: string, part: unknown): UsedReward {
  if (isReward(part)) return { reward: part, options: {} };
  const { reward, options } = (part ?? {}) as Partial<UsedReward>;
  if (isReward(reward) && typeof options === "object" && options !== null) return { reward, options };
  throw new PavlovError(`The part "${name}" is not a reward.`, { hint: "Give use(reward, options) or a reward." });
}

function declaredBy(schema: ObjectSchema, field: "columns" | "params", fail: Fail): readonly string[] {
  try {
    return columnNames(schema);
  } catch (thrown) {
    return fail(`its ${field} cannot be described: ${errorMessage(thrown)}`);
  }
}

type Fail = (problem: string, hint?: string) => never;

function resolveColumns(reward: Reward, mapping: Readonly<Record<string, string>>, fail: Fail): RewardUse["columns"] {
  const declared = declaredBy(reward.columns, "columns", fail);
  for (const [column, source] of Object.entries(mapping)) {
    if (!declared.includes(column) && !acceptsUnknownKeys(reward.columns)) {
      const has = declared.length === 0 ? "no columns" : `the columns ${declared.join(", ")}`;
      fail(
        `it maps the column ${show(column)}, which the reward does not declare; it has ${has}.` +
          suggestion(column, declared),
        declared.includes(source) ? `The reward's column comes first: { ${source}: "${column}" }.` : undefined,
      );
    }
    if (typeof source !== "string" || source === "") {
      fail(`it maps the column ${show(column)} to ${show(source)}, which must be the name of a dataset column.`);
    }
  }
  return { ...mapping };
}

function resolveParams(reward: Reward, given: object | undefined, fail: Fail): object {
  const params = given ?? {};
  if (typeof params !== "object" || Array.isArray(params)) fail(`the params ${show(params)} must be an object.`);
  const declared = declaredBy(reward.params, "params", fail);
  if (!acceptsUnknownKeys(reward.params)) {
    for (const [param, value] of Object.entries(params)) {
      if (declared.includes(param)) continue;
      const has = declared.length === 0 ? "It has no params." : `Its params are ${declared.join(", ")}.`;
      fail(`it has no param "${param}" (given ${show(value)}).${suggestion(param, declared)}`, has);
    }
  }
  const result = check();
  if (result.ok) return result.value;
  const sentences = result.issues.map(({ path, message }) => {
    const value = valueAt(params, path);
    if (path.length === 0) return `the params ${show(params)} are wrong: ${message}`;
    return value === undefined
      ? `the param "${formatPath(path)}" is missing (${message})`
      : `the param "${formatPath(path)}" is ${show(value)}: ${message}`;
  });
  return fail(`${sentences.join("; ")}.`);

  function check() {
    try {
      return validateSync(reward.params, params);
    } catch (thrown) {
      return fail(`its params cannot be checked: ${errorMessage(thrown)}`);
    }
  }
}

function checkRange(reward: Reward, params: object, fail: Fail): void {
  try {
    reward.range(params);
  } catch (thrown) {
    if (PavlovError.isInstance(thrown)) throw thrown;
    fail(`its range cannot be computed from the params ${show(params)}: ${errorMessage(thrown)}.`);
  }
}

function checkPolicy(policy: Omit<AnyUseOptions, "weight" | "columns" | "params">, fail: Fail): void {
  const { onError, timeout, concurrency, retries } = policy;
  const isStandIn = typeof onError === "object" && onError !== null && Number.isFinite(onError.score);
  if (onError !== undefined && onError !== "fail" && onError !== "drop" && !isStandIn) {
    fail(`onError ${show(onError)} must be "fail", "drop" or { score: a finite number }.`);
  }
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
    fail(`the timeout ${show(timeout)} must be a number of milliseconds above 0.`);
  }
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    fail(`the concurrency ${show(concurrency)} must be a whole number from 1.`);
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0)) {
    fail(`retries ${show(retries)} must be a whole number from 0.`);
  }
}

/** Shows a user's value in a message, shortened. */
function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
