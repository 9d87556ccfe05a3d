/** `pavlov.lock.json`: the rewards of a config as they were when `pavlov lock` was run. After package-lock.json. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorMessage, PavlovError, type RewardRecord, type RewardsRecord } from "@pavlov/core";
import { z } from "zod";

/** Counted up when lock files come to mean something else. */
const VERSION = 1;

const recordSchema: z.ZodType<RewardsRecord> = z.looseObject({
  parts: z.record(z.string(), z.looseObject({ reward: z.string() }) as unknown as z.ZodType<RewardRecord>),
  combine: z.string().optional(),
}) as unknown as z.ZodType<RewardsRecord>;

const lockSchema = z.object({ lockfileVersion: z.literal(VERSION), rewards: recordSchema });

/** Where the lock file of a config is: beside it, `pavlov.lock.json` for `pavlov.config.yaml`. */
export function lockPath(config: string): string {
  const name = basename(config).replace(/(?:\.config)?\.\w+$/, "");
  return join(dirname(config), `${name}.lock.json`);
}

/**
 * The rewards that a lock file holds; undefined where there is none.
 *
 * @throws PavlovError where it cannot be read or is no lock file.
 */
export async function readLock(path: string): Promise<RewardsRecord | undefined> {
  const text = await readOrNothing(path);
  if (text === undefined) return undefined;
  const broken = (what: string, cause?: unknown): PavlovError =>
    new PavlovError(`${basename(path)} ${what}.`, {
      hint: "Write it anew with pavlov lock, and look at what has changed.",
      location: { file: path },
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(`is not JSON: ${errorMessage(cause)}`, cause);
  }
  const parsed = lockSchema.safeParse(value);
  if (parsed.success) return parsed.data.rewards;
  const { lockfileVersion } = Object(value) as { lockfileVersion?: unknown };
  if (typeof lockfileVersion === "number" && lockfileVersion > VERSION) {
    throw broken(`has lockfileVersion ${lockfileVersion}, and this version of Pavlov knows ${VERSION}`);
  }
  throw broken("is no lock file of rewards");
}

/** The rewards that the record of a run's folder holds; undefined where no run has written one there. */
export async function readRunRecord(folder: string): Promise<RewardsRecord | undefined> {
  const text = await readOrNothing(join(folder, "config.json"));
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse((JSON.parse(text) as { rewards?: unknown }).rewards);
  } catch {
    return undefined;
  }
}

/** @throws PavlovError where it cannot be written. */
export async function writeLock(path: string, rewards: RewardsRecord): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify({ lockfileVersion: VERSION, rewards }, null, 2)}\n`);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new PavlovError(`${path} cannot be written: ${errorMessage(cause)}.`, { cause });
  }
}

/** Rewards whose code no hash is known of: those that are defined inline, in no file that holds them. */
export function unlockedRewards({ parts }: RewardsRecord, path = ""): readonly string[] {
  return Object.entries(parts).flatMap(([name, part]) => {
    if (part.integrity !== undefined) return [];
    return part.parts ? unlockedRewards({ parts: part.parts }, `${path}${name}/`) : [`${path}${name}`];
  });
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") return undefined;
    throw new PavlovError(`${path} cannot be read: ${errorMessage(cause)}.`, { cause });
  }
}
