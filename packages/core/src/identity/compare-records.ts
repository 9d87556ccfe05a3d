/** How the rewards of a config differ from those of a record, one sentence for each difference. After `npm ci`. */
import { isDeepStrictEqual } from "node:util";
import type { RewardRecord, RewardsRecord } from "./reward-records.js";

/** Compared key by key: settings, which have a name and a value. */
const settings = ["columns", "params"] as const;

/**
 * The differences, none where the rewards are the same. Code is compared by its hash: a file that was moved is the same
 * reward, and a package of the same version that was edited is not. Records may come from JSON.
 */
export function compareRecords(was: RewardsRecord, is: RewardsRecord): readonly string[] {
  return compareParts("", plain(was), plain(is));
}

function compareParts(path: string, was: Partial<RewardsRecord>, is: Partial<RewardsRecord>): string[] {
  const [before, after] = [was.parts ?? {}, is.parts ?? {}];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const found = names.flatMap((name) => {
    const label = `${path}${name}`;
    const [then, now] = [own(before, name), own(after, name)];
    if (then === undefined) return now === undefined ? [] : [`Reward "${label}" (${codeOf(now)}) was not there.`];
    if (now === undefined) return [`Reward "${label}" (${codeOf(then)}) is not there any more.`];
    return compareReward(label, then, now);
  });
  if (was.combine === is.combine) return found;
  const owner = path === "" ? "The expression of combine" : `The expression of reward "${path.slice(0, -1)}"`;
  return [...found, `${owner} was ${show(was.combine)} and is ${show(is.combine)}.`];
}

function compareReward(label: string, was: RewardRecord, is: RewardRecord): string[] {
  const owner = `Reward "${label}"`;
  const weight =
    was.weight === is.weight ? [] : [`${owner}: weight was ${show(was.weight)} and is ${show(is.weight)}.`];
  const values = settings.flatMap((group) =>
    compareValues(`${owner}: ${group}.`, Object(was[group]) as Values, Object(is[group]) as Values),
  );
  return [...compareCode(owner, was, is), ...weight, ...values, ...compareParts(`${label}/`, was, is)];
}

function compareCode(owner: string, was: RewardRecord, is: RewardRecord): string[] {
  const [before, after] = [codeOf(was), codeOf(is)];
  if (was.integrity === is.integrity) {
    const same = was.reward === is.reward && was.rewardVersion === is.rewardVersion && was.exportName === is.exportName;
    return same ? [] : [`${owner} was ${named(was)} and is ${named(is)}.`];
  }
  if (before !== after) return [`${owner} was ${before} and is ${after}.`];
  if (is.file !== undefined) {
    return [`${owner} is ${after} as before, but the file, or one that it imports, holds something else.`];
  }
  return [
    `${owner} is ${after} as before, but the files of the package are others (${short(was)} then, ${short(is)} now).`,
  ];
}

/** `pavlov-reward-sql@1.2.0#executes`, `rewards/mine.ts#length`, or a name for what has no place. */
function codeOf({ package: name, version, file, exportName, reward }: RewardRecord): string {
  const place = name === undefined ? file : `${name}@${version}`;
  return place === undefined ? `${reward}, defined inline` : `${place}#${exportName ?? reward}`;
}

function named(record: RewardRecord): string {
  const { rewardVersion } = record;
  return `${codeOf(record)}${rewardVersion === undefined ? "" : `, version ${rewardVersion}`}`;
}

/** Enough of a hash to tell two apart. */
function short({ integrity = "no hash" }: RewardRecord): string {
  return integrity.replace(/^(sha256-.{8}).*$/, "$1…");
}

type Values = Readonly<Record<string, unknown>>;

function compareValues(path: string, was: Values, is: Values): string[] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].flatMap((name) => {
    const [before, after] = [own(was, name), own(is, name)];
    return isDeepStrictEqual(before, after) ? [] : [`${path}${name} was ${show(before)} and is ${show(after)}.`];
  });
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function show(value: unknown): string {
  if (value === undefined) return "not given";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** As JSON has it: of a record that was just made, and of one that was read. */
function plain(record: RewardsRecord): RewardsRecord {
  return JSON.parse(JSON.stringify(record)) as RewardsRecord;
}
