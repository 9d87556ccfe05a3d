/** Checks one part of a composite (weight, column mapping, params, policy) and fills in the defaults. */
import { isReward } from "../define-reward.js";
import { errorMessage, PavlovError } from "../error.js";
import { hideSecrets, namesSecret, withoutSecrets } from "../hidden-secrets.js";
import { suggestion } from "../nearest-name.js";
import type { ObjectSchema, Reward } from "../reward.js";
import { acceptsUnknownKeys, columnNames } from "../schema/json-schema.js";
import { formatPath, validateSync, valueAt } from "../schema/validate.js";
import type { RewardUse } from "../scorer/types.js";
import type { AnyUseOptions, UsedReward } from "./use.js";

/** A reward under a name: with options, or bare. */
export type Part = UsedReward | Reward;

/** One thing that is wrong with a part. */
export interface PartProblem {
  /** Where in the part's options: `["columns", "answer"]`; empty where it is the part as a whole. */
  readonly path: readonly (string | number)[];
  /** A sentence that names the part, the reward, the option and its value. */
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Tells a problem, without the part's name and, where `isClause` says so, without its period. */
type Tell = (path: PartProblem["path"], problem: string, options?: TellOptions) => void;
interface TellOptions {
  readonly hint?: string | undefined;
  /** That it is told together with others of the kind, `; ` between them. */
  readonly isClause?: boolean;
}

/** @throws PavlovError that names the part, the reward, the option and its value; of several problems the first. */
export function resolvePart(name: string, part: Part, combined: boolean): RewardUse {
  const { reward, options } = unpack(name, part);
  const { use, told } = examine(reward, options, combined);
  const [first] = told;
  if (first === undefined) return use;
  const clauses = first.isClause ? told.filter(({ isClause }) => isClause) : [first];
  const problem = clauses.map(({ text }) => text).join("; ") + (first.isClause ? "." : "");
  throw new PavlovError(`${labelOf(name, reward)}: ${problem}`, { hint: first.hint });
}

/** Everything that is wrong with a part: nothing where {@link resolvePart} takes it. */
export function problemsOfPart(name: string, part: UsedReward, combined: boolean): readonly PartProblem[] {
  const { reward, options } = part;
  return examine(reward, options, combined).told.map(({ path, text, hint, isClause }) => ({
    path,
    message: `${labelOf(name, reward)}: ${text}${isClause ? "." : ""}`,
    ...(hint !== undefined && { hint }),
  }));
}

const labelOf = (name: string, reward: Reward): string =>
  name === reward.name ? `Reward "${name}"` : `Reward "${name}" (${reward.name})`;

interface Told extends Required<Pick<TellOptions, "isClause">> {
  readonly path: PartProblem["path"];
  readonly text: string;
  readonly hint: string | undefined;
}

/** The part as it would be used, and what is wrong with it. */
function examine(
  reward: Reward,
  options: AnyUseOptions,
  combined: boolean,
): { readonly use: RewardUse; readonly told: readonly Told[] } {
  const told: Told[] = [];
  const tell: Tell = (path, text, { hint, isClause = false } = {}) => void told.push({ path, text, hint, isClause });
  const { weight, params: givenParams, columns: givenColumns, ...policy } = options;
  if (weight !== undefined && !Number.isFinite(weight)) {
    tell(["weight"], `the weight ${show(weight)} must be a finite number.`);
  } else if (combined && weight !== undefined && weight !== 0) {
    tell(["weight"], `the weight ${weight} cannot be used together with a combine expression.`, {
      hint: "Write the factor into the expression; weight: 0 keeps a reward as a metric only.",
    });
  }
  checkPolicy(policy, tell);
  const columns = resolveColumns(reward, givenColumns ?? {}, tell);
  const params = resolveParams(reward, givenParams, tell);
  if (params !== undefined) checkRange(reward, params, tell);
  return { use: { ...policy, reward, weight: weight ?? 1, columns, params: params ?? {} }, told };
}

function unpack(name: string, part: unknown): UsedReward {
  if (isReward(part)) return { reward: part, options: {} };
  const { reward, options } = (part ?? {}) as Partial<UsedReward>;
  if (isReward(reward) && typeof options === "object" && options !== null) return { reward, options };
  throw new PavlovError(`The part "${name}" is not a reward.`, { hint: "Give use(reward, options) or a reward." });
}

/** The names that a schema declares; undefined where it cannot be described. */
function declaredBy(schema: ObjectSchema, field: "columns" | "params", tell: Tell): readonly string[] | undefined {
  try {
    return columnNames(schema);
  } catch (thrown) {
    tell([], `its ${field} cannot be described: ${errorMessage(thrown)}`);
    return undefined;
  }
}

function resolveColumns(reward: Reward, mapping: Readonly<Record<string, string>>, tell: Tell): RewardUse["columns"] {
  const declared = declaredBy(reward.columns, "columns", tell);
  for (const [column, source] of Object.entries(mapping)) {
    if (declared && !declared.includes(column) && !acceptsUnknownKeys(reward.columns)) {
      const has = declared.length === 0 ? "no columns" : `the columns ${declared.join(", ")}`;
      const meant = suggestion(column, declared);
      const isSwapped = meant === "" && declared.includes(source);
      tell(
        ["columns", column],
        `it maps the column ${show(column)}, which the reward does not declare; it has ${has}.${meant}`,
        { hint: isSwapped ? `The reward's column comes first: { ${source}: "${column}" }.` : undefined },
      );
    } else if (typeof source !== "string" || source === "") {
      tell(
        ["columns", column],
        `it maps the column ${show(column)} to ${show(source)}, which must be the name of a dataset column.`,
      );
    }
  }
  return { ...mapping };
}

/** The params with their defaults; undefined where something is wrong with them. */
function resolveParams(reward: Reward, given: object | undefined, tell: Tell): object | undefined {
  const params = given ?? {};
  if (typeof params !== "object" || Array.isArray(params)) {
    tell(["params"], `the params ${show(params)} must be an object.`);
    return undefined;
  }
  const declared = declaredBy(reward.params, "params", tell);
  if (declared === undefined) return undefined;
  const unknown = acceptsUnknownKeys(reward.params)
    ? []
    : Object.entries(params).filter(([param]) => !declared.includes(param));
  for (const [param, value] of unknown) {
    const has = declared.length === 0 ? "It has no params." : `Its params are ${declared.join(", ")}.`;
    const variables = [...reward.env, ...reward.envIfPresent];
    const isSecret = namesSecret(param) && variables.length > 0;
    const hint = isSecret ? `Secrets stand in no config: they are taken from ${variables.join(", ")}.` : has;
    tell(["params", param], `it has no param "${param}" (given ${show(value, param)}).${suggestion(param, declared)}`, {
      hint,
    });
  }
  // What was told already is not told by the schema as well.
  const known = Object.fromEntries(
    Object.entries(params).filter(([param]) => !unknown.some(([name]) => name === param)),
  );
  let result;
  try {
    result = validateSync(reward.params, known);
  } catch (thrown) {
    tell(["params"], `its params cannot be checked: ${errorMessage(thrown)}`);
    return undefined;
  }
  if (result.ok) return unknown.length === 0 ? result.value : undefined;
  for (const { path, message } of result.issues) {
    const value = valueAt(params, path);
    const text =
      path.length === 0
        ? `the params ${show(params)} are wrong: ${message}`
        : value === undefined
          ? `the param "${formatPath(path)}" is missing (${message})`
          : `the param "${formatPath(path)}" is ${show(value, String(path.findLast((key) => typeof key === "string") ?? ""))}: ${hideSecrets(message)}`;
    const keys = path.filter((key) => typeof key !== "symbol");
    tell(["params", ...keys], text, { isClause: true });
  }
  return undefined;
}

function checkRange(reward: Reward, params: object, tell: Tell): void {
  try {
    reward.range(params);
  } catch (thrown) {
    if (PavlovError.isInstance(thrown)) throw thrown;
    tell(["params"], `its range cannot be computed from the params ${show(params)}: ${errorMessage(thrown)}.`);
  }
}

function checkPolicy(policy: Omit<AnyUseOptions, "weight" | "columns" | "params">, tell: Tell): void {
  const { onError, timeout, concurrency, retries } = policy;
  const isStandIn = typeof onError === "object" && onError !== null && Number.isFinite(onError.score);
  if (onError !== undefined && onError !== "fail" && onError !== "drop" && !isStandIn) {
    tell(["onError"], `onError ${show(onError)} must be "fail", "drop" or { score: a finite number }.`);
  }
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout > 0)) {
    tell(["timeout"], `the timeout ${show(timeout)} must be a number of milliseconds above 0.`);
  }
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    tell(["concurrency"], `the concurrency ${show(concurrency)} must be a whole number from 1.`);
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0)) {
    tell(["retries"], `retries ${show(retries)} must be a whole number from 0.`);
  }
}

/** Shows a user's value in a message, shortened, and without secrets. */
function show(given: unknown, name?: string): string {
  const value = withoutSecrets(given, name);
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
