/** Flattens a composite, with the composites nested in it, into the rewards that run and the sums over them. */
import { PavlovError } from "../error.js";
import type { Reward, Score } from "../reward.js";
import { columnsGiven } from "../schema/json-schema.js";
import { formatIssues, validateSync } from "../schema/validate.js";
import { datasetColumn } from "./columns.js";
import type { BoundReward } from "./invoke.js";
import { showValue } from "./outcome.js";
import type { Composite, ErrorPolicy, RewardUse } from "./types.js";

/** A reward that runs. */
export interface PlannedReward {
  readonly kind: "reward";
  /** Position among all rewards that run. */
  readonly position: number;
  readonly use: RewardUse;
  readonly bound: BoundReward;
  readonly declared: readonly string[];
  readonly policy: ErrorPolicy | undefined;
  /** A failure stops the whole scoring. */
  readonly failsFast: boolean;
  /** Its scoring method is declared `async`. */
  readonly asynchronous: boolean;
  readonly inWorker: boolean;
}

/** A nested composite: computed from its parts' scores. */
export interface PlannedComposite {
  readonly kind: "composite";
  readonly label: string;
  readonly parts: readonly PlannedPart[];
  readonly policy: ErrorPolicy | undefined;
  readonly failsFast: boolean;
  total(scores: Readonly<Record<string, Score>>): Score;
}

export interface PlannedPart {
  readonly name: string;
  readonly node: PlannedReward | PlannedComposite;
}

export interface Plan {
  /** The names that results are given under. [k] */
  readonly parts: readonly PlannedPart[];
  readonly weights: readonly number[];
  readonly combined: boolean;
  readonly failsFast: boolean;
  /** Everything that runs, at any depth. */
  readonly rewards: readonly PlannedReward[];
  total(scores: Readonly<Record<string, Score>>): Score;
}

export function isComposite(reward: Reward): reward is Composite {
  const { parts, total } = reward as Partial<Composite>;
  return typeof parts === "object" && parts !== null && typeof total === "function";
}

/**
 * True when only a worker can hold the reward to its use: `isolate: true`, or a time limit on a synchronous reward.
 *
 * Synchronous is every scoring method that is not declared `async`: whether a plain function will return a promise is
 * known only after the call that may never return. `isolate: false` keeps a plain function in this thread, where the
 * limit ends the wait for its promise and cannot stop its computing.
 */
function needsWorker(use: Pick<RewardUse, "reward" | "isolate" | "timeout">): boolean {
  if (use.isolate !== undefined) return use.isolate;
  return use.timeout !== undefined && !isAsynchronous(use.reward);
}

/**
 * A composite that a worker can import, and that is to be isolated or limited, runs there as one reward: its parts, made
 * in the same file as a rule, can be imported in no other way.
 */
function isImportedByWorker({ source, isolate, timeout }: RewardUse): boolean {
  return source !== undefined && (isolate ?? timeout !== undefined);
}

function isAsynchronous(reward: Reward): boolean {
  const method: unknown = reward.score ?? reward.scoreGroup ?? reward.scoreBatch;
  // Functions bound to an object keep the prototype of what they bind.
  return typeof method === "function" && method.constructor.name === "AsyncFunction";
}

/** What a nested part takes over from the composites around it where it says nothing itself. */
interface Surroundings {
  readonly path: string;
  readonly columns: (column: string) => string;
  readonly use: Pick<RewardUse, "timeout" | "concurrency" | "retries" | "isolate">;
  /** The policy of the nearest composite around that names one, else the scorer's. */
  readonly policy: ErrorPolicy;
}

/** @throws PavlovError for settings that no run could honour. */
export function planComposite(composite: Composite | Reward, onError: ErrorPolicy): Plan {
  checkPolicy("The scorer", onError);
  const rewards: PlannedReward[] = [];
  const outermost: Surroundings = { path: "", columns: (column) => column, use: {}, policy: onError };
  const uses = isComposite(composite) ? composite.parts : { [composite.name]: useAlone(composite) };
  const parts = planParts(uses, outermost, rewards);
  return {
    parts,
    weights: Object.values(uses).map(({ weight }) => weight),
    combined: isComposite(composite) && composite.combine !== undefined,
    failsFast: onError === "fail",
    rewards,
    total: isComposite(composite) ? (scores) => composite.total(scores) : (scores) => scores[composite.name] ?? null,
  };
}

function planParts(uses: Composite["parts"], around: Surroundings, rewards: PlannedReward[]): PlannedPart[] {
  return Object.entries(uses).map(([name, use]) => ({ name, node: planUse(name, use, around, rewards) }));
}

function planUse(
  name: string,
  use: RewardUse,
  around: Surroundings,
  rewards: PlannedReward[],
): PlannedReward | PlannedComposite {
  const label = around.path + name;
  checkUse(label, use);
  const policy = use.onError;
  const effective = policy ?? around.policy;
  const failsFast = effective === "fail";
  const columns = (column: string) => around.columns(datasetColumn(use.columns, column));
  const inherited: RewardUse = { ...around.use, ...withoutUndefined(use) };
  const runsAsOne = isComposite(use.reward) && isImportedByWorker(inherited);
  if (isComposite(use.reward) && !runsAsOne) {
    const { reward } = use;
    const { timeout, concurrency, retries, isolate } = inherited;
    const settings = withoutUndefined({ timeout, concurrency, retries, isolate });
    const inside: Surroundings = { path: `${label}/`, columns, use: settings, policy: effective };
    const parts = planParts(reward.parts, inside, rewards);
    return { kind: "composite", label, parts, policy, failsFast, total: (scores) => reward.total(scores) };
  }

  const declared = columnsGiven(use.reward.columns, use.columns);
  const planned: PlannedReward = {
    kind: "reward",
    position: rewards.length,
    use: inherited,
    bound: {
      reward: use.reward,
      label,
      params: use.params,
      range: use.reward.range(use.params),
      columns: Object.fromEntries(declared.map((column) => [column, columns(column)])),
    },
    declared,
    policy,
    failsFast,
    asynchronous: isAsynchronous(use.reward),
    inWorker: runsAsOne || needsWorker(inherited),
  };
  if (planned.inWorker && use.source === undefined) throw noSource(label, inherited);
  rewards.push(planned);
  return planned;
}

function useAlone(reward: Reward): RewardUse {
  const params = validateSync(reward.params, {});
  if (!params.ok) {
    throw new PavlovError(
      `Reward "${reward.name}" needs params (${formatIssues(params.issues)}): compose it with them first.`,
    );
  }
  return { reward, weight: 1, columns: {}, params: params.value };
}

function noSource(label: string, use: RewardUse): PavlovError {
  const why =
    use.isolate === true
      ? `Reward "${label}" is to run in a worker thread (isolate)`
      : `Reward "${label}" has a time limit of ${use.timeout} ms and is not declared async, so only a worker thread can ` +
        "stop it";
  return new PavlovError(
    `${why}, but it is defined inline, and a worker can only import a reward from a module: export it from a file and ` +
      `refer to it as "./rewards/${use.reward.name}.ts#${use.reward.name}".`,
    { hint: "A method that only waits (for fetch, say) can be declared async instead, and then needs no worker." },
  );
}

function checkUse(label: string, use: RewardUse): void {
  const owner = `Reward "${label}"`;
  if (use.onError !== undefined) checkPolicy(owner, use.onError);
  const refuse = (key: string, value: unknown, needed: string) => {
    throw new PavlovError(`${owner} has ${key} ${showValue(value)}: it must be ${needed}.`);
  };
  const { timeout, concurrency, retries } = use;
  if (timeout !== undefined && !(timeout > 0 && timeout <= 2 ** 31 - 1)) {
    refuse("timeout", timeout, "a number of milliseconds over 0 and under 2^31");
  }
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    refuse("concurrency", concurrency, "a whole number of at least 1");
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0)) {
    refuse("retries", retries, "a whole number of at least 0");
  }
}

function checkPolicy(owner: string, policy: ErrorPolicy): void {
  const known = policy === "fail" || policy === "drop";
  if (known || (typeof policy === "object" && policy !== null && Number.isFinite(policy.score))) return;
  throw new PavlovError(`${owner} has onError ${showValue(policy)}: it must be "fail", "drop" or { score: a number }.`);
}

function withoutUndefined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
