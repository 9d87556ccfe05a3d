/** `compose`: rewards under names become one reward, by a weighted sum or by an expression. */
import { compileExpression, type CombineExpression } from "../combine/compile-expression.js";
import { reservedWords } from "../combine/parse-expression.js";
import { checkRewardName } from "../define-reward.js";
import { PavlovError } from "../error.js";
import { emptySchema } from "../schema/empty-schema.js";
import type {
  NoSchema,
  ObjectSchema,
  Range,
  ReadKey,
  Reward,
  RewardScope,
  RewardContext,
  Sample,
  Score,
  SchemaInput,
} from "../reward.js";
import type { Composite, RewardUse } from "../scorer/types.js";
import { compositeColumns } from "./columns.js";
import { resolvePart, type Part } from "./resolve-part.js";
import { disposeParts, ReadyParts, scoreParts, setupParts } from "./score-parts.js";
import type { UsedReward } from "./use.js";
import { weightedSum } from "./weighted-sum.js";

export interface ComposeOptions<Name extends string = string> {
  /**
   * An expression over the parts' names, with raw scores as operands, such as `correct + 0.2 * format * (correct > 0)`:
   * numbers, names, + - * / ^, comparisons, and, or, not, `? :`, min, max, abs, exp, log, sqrt, clamp, default.
   */
  readonly combine?: string;
  /** Default `composite`. */
  readonly name?: Name;
  readonly description?: string;
}

type RowOf<P> =
  P extends UsedReward<infer Row> ? Row : P extends Reward<string, infer Columns> ? SchemaInput<Columns> : object;

type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (value: infer All) => void
  ? All
  : never;

/** The dataset columns that a composite reads, in types: those of all its parts. */
export type ComposedRow<Parts> = Intersection<RowOf<Parts[keyof Parts]>> & object;

/** A {@link Composite} whose type knows the dataset columns that it reads. */
export type ComposedReward<Name extends string, Parts> = Reward<
  Name,
  ObjectSchema<ComposedRow<Parts>, ComposedRow<Parts>>,
  NoSchema
> &
  Pick<Composite, "parts" | "combine" | "total">;

const partName = /^[A-Za-z_]\w*$/;

/**
 * Composes named rewards into one reward, which can be scored, tested, published and nested like any other.
 *
 * @example
 * compose({ correct: use(math, { columns: { answer: "solution" } }), format: use(thinkAnswer, { weight: 0.2 }) });
 *
 * @throws PavlovError that names the part when a name, weight, mapping, param or the expression is wrong.
 */
export function compose<
  const Parts extends { readonly [Key in keyof Parts]: Part },
  const Name extends string = "composite",
>(parts: Parts, options: ComposeOptions<Name> = {}): ComposedReward<Name, Parts> {
  const { combine, name = "composite" } = options;
  checkRewardName(name);
  const given: readonly [string, Part][] = Object.entries(parts);
  if (given.length === 0) throw new PavlovError("A composite needs at least one reward.");
  for (const [part] of given) checkPartName(part, combine !== undefined);
  const resolved = Object.fromEntries(given.map(([key, part]) => [key, resolvePart(key, part, combine !== undefined)]));
  const uses = Object.values(resolved);
  const rewards = uses.map(({ reward }) => reward);
  const total = combiner(resolved, combine);
  const range = total.range(mapValues(resolved, ({ reward, params }) => reward.range(params)));
  const scope = widestScope(rewards);
  const reads = new Set(rewards.flatMap((reward) => reward.reads));
  const readsIfPresent = new Set(rewards.flatMap((reward) => reward.readsIfPresent));
  const env = new Set(rewards.flatMap((reward) => reward.env));
  const envIfPresent = new Set(rewards.flatMap((reward) => reward.envIfPresent));

  const scoreAll = (samples: readonly Sample<object, ReadKey>[], context: RewardContext<object, unknown>) =>
    scoreParts(samples, context, total.total);
  const composite: Composite = {
    name,
    description: options.description ?? describe(resolved, combine),
    columns: compositeColumns(resolved),
    params: emptySchema,
    reads: [...reads],
    // What one part cannot do without, the whole cannot either.
    readsIfPresent: [...readsIfPresent].filter((key) => !reads.has(key)),
    scope,
    deterministic: rewards.every(({ deterministic }) => deterministic),
    cacheable: false,
    env: [...env],
    envIfPresent: [...envIfPresent].filter((variable) => !env.has(variable)),
    needs: [...new Set(rewards.flatMap((reward) => reward.needs))],
    range: () => range,
    setup: (context) => setupParts(resolved, context),
    dispose: async (state) => {
      if (state instanceof ReadyParts) await disposeParts(state);
    },
    ...(scope === "sample" && {
      score: async (sample, context) => (await scoreAll([sample], context))[0] ?? null,
    }),
    ...(scope === "group" && { scoreGroup: scoreAll }),
    ...(scope === "batch" && { scoreBatch: scoreAll }),
    parts: resolved,
    ...(combine !== undefined && { combine }),
    total: total.total,
  };
  // The row type exists in types only; the columns' schema checks it at run time.
  return Object.freeze(composite) as ComposedReward<Name, Parts>;
}

interface Combiner {
  total(scores: Readonly<Record<string, Score>>): Score;
  range(ranges: Readonly<Record<string, Range>>): Range;
}

function combiner(parts: Readonly<Record<string, RewardUse>>, combine: string | undefined): Combiner {
  if (combine === undefined) return weightedSum(mapValues(parts, ({ weight }) => weight));
  const expression: CombineExpression = compileExpression(combine, Object.keys(parts));
  for (const name of expression.names) {
    if (parts[name]?.weight !== 0) continue;
    throw new PavlovError(`Reward "${name}" has weight 0 (a metric only), but the expression "${combine}" uses it.`, {
      hint: "Remove the weight, or the name from the expression.",
    });
  }
  return { total: expression.evaluate, range: expression.range };
}

function checkPartName(name: string, combined: boolean): void {
  if (!partName.test(name) || name in Object.prototype) {
    throw new PavlovError(
      `${JSON.stringify(name)} cannot name a reward in a composite: use letters, digits and _, not starting with a ` +
        "digit.",
      { hint: "An expression must be able to name it, so - is not allowed: write soft_overlong, not soft-overlong." },
    );
  }
  if (combined && reservedWords.includes(name)) {
    throw new PavlovError(`"${name}" is a word of the expression language and cannot name a reward beside one.`);
  }
}

function widestScope(rewards: readonly Reward[]): RewardScope {
  const scopes = new Set(rewards.map(({ scope }) => scope));
  if (scopes.has("batch")) return "batch";
  return scopes.has("group") ? "group" : "sample";
}

function describe(parts: Readonly<Record<string, RewardUse>>, combine: string | undefined): string {
  if (combine !== undefined) return combine;
  return Object.entries(parts)
    .map(([name, { weight }]) => (weight === 1 ? name : `${weight} * ${name}`))
    .join(" + ");
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
