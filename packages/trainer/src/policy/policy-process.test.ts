import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadInProcess, startPolicy } from "./client.js";
import type { TokenRow } from "./protocol.js";
import { startPolicyProcess } from "./start-process.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const request = { model, engine: { kind: "onnxruntime" }, reference: false } as const;

/** A process with a channel, as the policy's, that runs a script. */
const run = (script: string): ChildProcess =>
  spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    serialization: "advanced",
    stdio: ["pipe", "ignore", "inherit", "ipc"],
  });

test("numbers and arrays of them cross as they are", async () => {
  const echo = "process.on('message', ({ id, request }) => process.send({ id, result: request }))";
  const policy = await loadInProcess(run(echo), request);
  const row: TokenRow = {
    promptIds: [1],
    completionIds: [2, 3],
    advantage: -0,
    oldLogProbabilities: Float32Array.of(-0, Number.NaN, -1.5, Number.NEGATIVE_INFINITY),
    samplingLogProbabilities: [-0, Number.NaN, Number.POSITIVE_INFINITY],
    importanceRatio: Float64Array.of(0.1, 5e-324),
  };
  const call = { rows: [row], which: "policy", temperature: 1 } as const;
  // toEqual tells -0 from 0, and a Float32Array from a list.
  expect(await policy.logProbabilities(call)).toEqual(call);
  await expect(policy.save({ folder: (() => undefined) as never })).rejects.toThrow("could not be cloned");
  await policy.dispose();
});

const stopSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

test.skipIf(process.platform === "win32")("signals that reach both processes are left to the first", async () => {
  const child = startPolicyProcess();
  const policy = await loadInProcess(child, request);
  for (const signal of stopSignals) child.kill(signal);
  expect((await policy.usage()).peakBytes).toBeGreaterThan(2 ** 20);
  await policy.dispose();
  expect(child.signalCode).toBe("SIGKILL");
});

test.skipIf(process.platform === "win32")("a signal before the process can ignore it starts another one", async () => {
  const children: ChildProcess[] = [];
  const policy = await startPolicy(request, () => {
    const child = startPolicyProcess();
    if (children.push(child) < 3) child.kill(stopSignals[children.length]);
    return child;
  });
  expect(children.map((child) => child.signalCode)).toEqual(["SIGTERM", "SIGHUP", null]);
  await policy.dispose();
});

test("a system that starts no process is a sentence for the user", async () => {
  const refuse = (): never => {
    throw new Error("spawn ENOMEM");
  };
  await expect(startPolicy(request, refuse)).rejects.toThrow(/ could not be started: spawn ENOMEM\.$/);
});

test("an error that no call has caused ends the process, and reaches its calls", async () => {
  const script = `
    await import("@pavlov/trainer/policy-process");
    process.on("message", () => setImmediate(() => { throw new Error("unforeseen") }));
  `;
  await expect(loadInProcess(run(script), request)).rejects.toThrow("unforeseen");
});

const busy = `
  await import("@pavlov/trainer/policy-process");
  process.send("busy", () => { for (;;); });
`;

test("where whoever started it is gone, the process ends in the middle of its work", async () => {
  const child = run(busy);
  await once(child, "message");
  const exit = once(child, "exit");
  // All that is left of a parent that has been killed.
  child.stdin?.destroy();
  child.disconnect();
  const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  expect(process.platform === "win32" ? code : signal).toBe(process.platform === "win32" ? 1 : "SIGKILL");
});
