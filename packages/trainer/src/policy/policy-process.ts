/**
 * Entry of the process that owns the model. The process that started it decides when it ends: signals that a terminal
 * sends to both are left to the other one, and where that is gone, this one ends at once.
 */
import { Worker } from "node:worker_threads";
import type { ReplyMessage } from "./protocol.js";

const ignore = (): void => undefined;

/** An error that belongs to no call: says what it was, and ends the process. */
const fail = (error: unknown): void => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const failed: ReplyMessage = { failed: { message, expected: false, ...(stack === undefined ? {} : { stack }) } };
  process.send?.(failed, () => process.exit(1));
};

const start = async (): Promise<void> => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ignore);
  process.on("uncaughtException", fail);
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  // Where no thread can be had, the event above still comes, after the native call of that moment.
  new Worker(new URL("./parent-watch.js", import.meta.url), { execArgv: [] }).on("error", ignore).unref();
  // Whoever read our output may have gone, which is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignore);
  // Tensor libraries take a while to load: a signal must not find this process unprepared meanwhile.
  const { servePolicy } = await import("./policy-server.js");
  servePolicy(process);
};

if (process.connected) await start();
