/** Starts the process that holds the model: a child of this one, which ends with it. */
import { fork, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";

/** Where the process's entry lies: always the built file, also when this file runs from its source in a test. */
const entry = (): string => createRequire(import.meta.url).resolve("@pavlov/trainer/policy-process");

/** Node 20 has ArrayBuffer's `transfer`, by which the engine frees memory at once, behind a flag. */
const nodeOptions = (): string[] =>
  "transfer" in ArrayBuffer.prototype || !process.versions.v8.startsWith("11.") ? [] : ["--harmony-rab-gsab-transfer"];

/**
 * Has glibc keep what was freed, for the next use of the same step: otherwise the kernel zeroes the same gigabyte anew
 * two or three times a step. Blocks beyond its largest threshold go back at once all the same. Other systems ignore it.
 */
const heldMemory = { MALLOC_TRIM_THRESHOLD_: String(2 ** 40), MALLOC_MMAP_THRESHOLD_: String(2 ** 25) };

/**
 * Starts a process that serves `PolicyMethods` over its channel. What it writes goes to this process's standard error.
 * Its standard input stays silent: the end of it tells the child that this process is gone.
 * @throws Error where the system refuses at once; otherwise the child says so with its event `error`.
 */
export const startPolicyProcess = (): ChildProcess =>
  fork(entry(), {
    execArgv: nodeOptions(),
    env: { ...heldMemory, ...process.env },
    // Arrays of numbers arrive as what they are, and numbers as they are: NaN, infinities and -0.
    serialization: "advanced",
    stdio: ["pipe", 2, 2, "ipc"],
  });
