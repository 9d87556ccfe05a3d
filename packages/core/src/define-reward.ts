/** `defineReward`: checks a reward's specification and makes the reward that composers and scorers use. */
import { PavlovError } from "./error.js";
import type {
  Need,
  NoSchema,
  ObjectSchema,
  Range,
  ReadKey,
  Reward,
  RewardScope,
  RewardSpec,
  SchemaOutput,
} from "./reward.js";
import { emptySchema } from "./schema/empty-schema.js";

const namePattern = /^[A-Za-z][\w-]*$/;
const readKeys: readonly ReadKey[] = ["prompt", "messages", "tokenIds", "finishReason", "step"];
const allNeeds: readonly Need[] = ["network", "subprocess", "model"];
const scopes = { score: "sample", scoreGroup: "group", scoreBatch: "batch" } as const;

/**
 * Defines a reward: its name, what it reads, its settings, its range and exactly one scoring method.
 *
 * Declare `score`, `scoreGroup` or `scoreBatch` as a method, so that its arguments are typed from `columns`, `params`,
 * `reads` and `readsIfPresent`.
 *
 * @example
 * const short = defineReward({
 *   name: "short",
 *   description: "1 if the completion has at most `limit` characters, else 0.",
 *   params: z.object({ limit: z.number().default(100) }),
 *   range: [0, 1],
 *   score({ completion }, { params }) {
 *     return completion.length <= params.limit ? 1 : 0;
 *   },
 * });
 *
 * @throws PavlovError that names the reward when the specification is wrong.
 */
export function defineReward<
  const Name extends string,
  Columns extends ObjectSchema = NoSchema,
  Params extends ObjectSchema = NoSchema,
  const Reads extends ReadKey = never,
  State = undefined,
  const ReadsIfPresent extends Exclude<ReadKey, Reads> = never,
>(spec: RewardSpec<Name, Columns, Params, Reads, State, ReadsIfPresent>): Reward<Name, Columns, Params> {
  const { name } = spec;
  checkRewardName(name);
  const fail = (problem: string): never => {
    throw new PavlovError(`Reward "${name}": ${problem}`);
  };
  if (typeof spec.description !== "string" || spec.description.trim() === "") {
    fail("needs a description: say in one sentence what it scores.");
  }
  checkSchema(spec.columns, "columns", fail);
  checkSchema(spec.params, "params", fail);
  const reads: readonly ReadKey[] = [...(spec.reads ?? [])];
  const readsIfPresent: readonly ReadKey[] = [...(spec.readsIfPresent ?? [])];
  for (const key of [...reads, ...readsIfPresent]) {
    if (!readKeys.includes(key)) fail(`reads ${JSON.stringify(key)}; it can read ${readKeys.join(", ")}.`);
  }
  for (const key of readsIfPresent) {
    if (reads.includes(key)) fail(`names "${key}" in reads and in readsIfPresent: name it in one of them.`);
  }
  if (spec.version !== undefined && (typeof spec.version !== "string" || spec.version === "")) {
    fail(`the version ${JSON.stringify(spec.version)} must be a text, such as "1".`);
  }
  const env: readonly string[] = [...(spec.env ?? [])];
  const envIfPresent: readonly string[] = [...(spec.envIfPresent ?? [])];
  for (const key of envIfPresent) {
    if (env.includes(key)) fail(`names "${key}" in env and in envIfPresent: name it in one of them.`);
  }
  const needs: readonly Need[] = [...(spec.needs ?? [])];
  for (const need of needs) {
    if (!allNeeds.includes(need)) fail(`needs ${JSON.stringify(need)}; it can need ${allNeeds.join(", ")}.`);
  }
  if (typeof spec.range !== "function") checkRange(spec.range, fail);

  const methods = Object.keys(scopes) as (keyof typeof scopes)[];
  const given = methods.filter((method) => spec[method] !== undefined);
  const [method] = given;
  if (method === undefined || given.length > 1 || typeof spec[method] !== "function") {
    const found = given.length === 0 ? "none" : given.join(" and ");
    return fail(`needs exactly one of the methods ${methods.join(", ")}; it has ${found}.`);
  }

  const { range } = spec;
  // The scorer hands a sample and a context that fit the declared schemas, whose types are erased here.
  const reward: Reward<Name, Columns, Params> = {
    name,
    description: spec.description,
    columns: (spec.columns ?? emptySchema) as Columns,
    params: (spec.params ?? emptySchema) as Params,
    reads,
    readsIfPresent,
    scope: scopes[method] satisfies RewardScope,
    deterministic: spec.deterministic ?? true,
    cacheable: spec.cacheable ?? false,
    ...(spec.version !== undefined && { version: spec.version }),
    env,
    envIfPresent,
    needs,
    range:
      typeof range === "function" ? (params: SchemaOutput<Params>) => checkRange(range(params), fail) : () => range,
    [method]: spec[method].bind(spec),
    ...(spec.setup && { setup: spec.setup.bind(spec) }),
    ...(spec.dispose && { dispose: spec.dispose.bind(spec) as (state: unknown) => void }),
  };
  return Object.freeze(reward);
}

/** True for what {@link defineReward} made, in this or another installed version of this package. */
export function isReward(value: unknown): value is Reward {
  if (typeof value !== "object" || value === null) return false;
  const { name, scope, range, columns, params } = value as Partial<Reward>;
  return (
    typeof name === "string" &&
    (scope === "sample" || scope === "group" || scope === "batch") &&
    typeof range === "function" &&
    isObjectSchema(columns) &&
    isObjectSchema(params)
  );
}

/** @throws PavlovError unless it starts with a letter and goes on with letters, digits, - or _. */
export function checkRewardName(name: unknown): void {
  if (typeof name === "string" && namePattern.test(name)) return;
  throw new PavlovError(
    `${JSON.stringify(name)} is not a reward's name: it must start with a letter and go on with letters, digits, ` +
      "- or _.",
  );
}

function isObjectSchema(value: unknown): value is ObjectSchema {
  const standard = (value as Partial<ObjectSchema> | null | undefined)?.["~standard"];
  return typeof standard?.validate === "function" && typeof standard.jsonSchema?.input === "function";
}

function checkSchema(schema: unknown, field: string, fail: (problem: string) => never): void {
  if (schema === undefined || isObjectSchema(schema)) return;
  fail(`${field} must be an object schema that is a Standard Schema and a Standard JSON Schema, such as zod 4.2's.`);
}

function checkRange(range: Range, fail: (problem: string) => never): Range {
  const isBound = (bound: unknown) => bound === null || (typeof bound === "number" && Number.isFinite(bound));
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isBound)) {
    return fail(`the range ${JSON.stringify(range)} must be [lowest, highest], each a finite number or null.`);
  }
  const [lowest, highest] = range as Range;
  if (lowest !== null && highest !== null && lowest > highest) {
    return fail(`the range [${lowest}, ${highest}] has its lowest score above its highest.`);
  }
  return range;
}
