/**
 * A checkpoint's folder as files: written under a temporary name, flushed, and renamed when whole, so that a process
 * killed at any moment leaves the folder or nothing (of one that is rewritten: the old one, which may stand beside its
 * place until it is looked for); and checked against the sizes and checksums it was written with.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { z } from "zod";
import { putInPlace, recoverFolder } from "../model/replace-folder.js";
import { flushFolder } from "./disk.js";
import { explainWriteError } from "./write-atomically.js";

/** The file that describes all others; a folder without it is no checkpoint. */
export const STATE_FILE = "state.json";

/** The layout that this version writes. A later one that older versions cannot read counts up. */
const FORMAT = 1;

const stateSchema = z.object({
  format: z.int(),
  method: z.enum(["grpo", "sft"]),
  /** Optimizer steps done. */
  step: z.int().min(0),
  /** False where it holds the model alone (`saveOnlyModel`). */
  resumable: z.boolean(),
  /** What decides the run's numbers, compared when it is taken up again. */
  fingerprint: z.record(z.string(), z.unknown()),
  /** What wrote it. */
  versions: z.record(z.string(), z.string()),
  /** Where the run stands, as its trainer understands it. */
  progress: z.record(z.string(), z.unknown()),
  /** Every other file of the folder. */
  files: z.record(z.string(), z.object({ bytes: z.int().min(0), sha256: z.string() })),
});

/** `state.json`, without its own checksum. */
export type CheckpointState = Readonly<z.output<typeof stateSchema>>;

/** What the caller of {@link writeCheckpoint} decides of it. */
export type NewCheckpointState = Omit<CheckpointState, "format" | "files">;

const sha256OfText = (text: string): string => createHash("sha256").update(text).digest("hex");

const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

/** Flushes a file to the disk. A file that may only be read was copied from elsewhere: Windows leaves it unflushed. */
const flushFile = async (path: string): Promise<void> => {
  const onWindows = process.platform === "win32";
  // Windows flushes only what is open for writing.
  const file = await open(path, onWindows ? "r+" : "r").catch((error: unknown) => {
    if (onWindows) return null;
    throw error;
  });
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
};

/** Sizes and checksums of the files in a folder, each flushed to the disk. */
const describeFiles = async (folder: string): Promise<CheckpointState["files"]> => {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    await flushFile(path);
    files[name] = { bytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  }
  return files;
};

/** The name under which a folder is written, or removed: nothing reads it, and the next start clears it away. */
const temporaryBeside = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);

/**
 * Writes a checkpoint into `path`, in the place of one that may be there.
 * @param fill writes everything but `state.json` into the folder that it is given, and returns what that file says.
 * @throws PavlovError where the disk is full or the place is not writable; nothing is left behind then.
 */
export const writeCheckpoint = async (
  path: string,
  fill: (folder: string) => Promise<NewCheckpointState>,
): Promise<void> => {
  const temporary = temporaryBeside(path);
  try {
    await recoverFolder(path);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    const given = await fill(temporary);
    const state: CheckpointState = { format: FORMAT, ...given, files: await describeFiles(temporary) };
    const checksum = sha256OfText(JSON.stringify(state));
    await writeFile(join(temporary, STATE_FILE), `${JSON.stringify({ ...state, checksum }, null, 2)}\n`, {
      flush: true,
    });
    await flushFolder(temporary);
    await putInPlace(temporary, path);
  } catch (error) {
    await recoverFolder(path).catch(() => undefined);
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw withPlace(explainWriteError(error, path), temporary, path);
  }
};

/** An error for users about a temporary folder, told of the one that it was to become. */
const withPlace = (error: unknown, temporary: string, path: string): unknown =>
  PavlovError.isInstance(error)
    ? new PavlovError(error.message.replaceAll(temporary, path), { hint: error.hint, cause: error })
    : error;

/** Removes a folder, if it is there: its name goes first, so that no half of it is ever found under it. */
export const removeFolder = async (path: string): Promise<void> => {
  const temporary = `${temporaryBeside(path)}.old`;
  try {
    await rename(path, temporary);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  await rm(temporary, { recursive: true, force: true });
};

const damaged = (problem: string, cause?: unknown): PavlovError => new PavlovError(problem, { cause });

/** Reads `state.json` alone. @throws PavlovError that says what is wrong, as a part of a sentence. */
const readState = async (folder: string): Promise<CheckpointState> => {
  const text = await readFile(join(folder, STATE_FILE), "utf8").catch((cause: unknown) => {
    throw damaged(`${STATE_FILE} is missing or cannot be read`, cause);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(`${STATE_FILE} is not valid JSON`, cause);
  }
  const { checksum, ...rest } = Object(json) as { checksum?: unknown; format?: unknown };
  if (typeof rest.format === "number" && rest.format > FORMAT) {
    throw damaged(`a newer version of Pavlov wrote it (layout ${rest.format}; this one knows ${FORMAT})`);
  }
  if (checksum !== sha256OfText(JSON.stringify(rest))) throw damaged(`${STATE_FILE} does not match its checksum`);
  const parsed = stateSchema.safeParse(rest);
  if (!parsed.success) throw damaged(`${STATE_FILE} has not the fields of a checkpoint`, parsed.error);
  return parsed.data;
};

/**
 * Reads a checkpoint's `state.json` and checks every file against it.
 * @throws PavlovError whose message says what is wrong, as a part of a sentence ("optimizer.safetensors is missing").
 */
export const readCheckpointState = async (folder: string): Promise<CheckpointState> => {
  const state = await readState(folder);
  for (const [name, { bytes, sha256 }] of Object.entries(state.files)) {
    const path = join(folder, name);
    const size = await stat(path).then(
      (found) => (found.isFile() ? found.size : undefined),
      () => undefined,
    );
    if (basename(name) !== name || size === undefined) throw damaged(`${name} is missing`);
    if (size !== bytes) throw damaged(`${name} has ${size} bytes, and was written with ${bytes}`);
    const found = await sha256OfFile(path).catch((cause: unknown) => {
      throw damaged(`${name} cannot be read`, cause);
    });
    if (found !== sha256) throw damaged(`${name} does not match its checksum`);
  }
  return state;
};
