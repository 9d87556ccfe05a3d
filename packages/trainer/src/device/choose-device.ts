/** What `device: auto` takes: a GPU that computes rightly and faster than the CPU. */
import { execFile, type ExecFileException } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Device, SkippedDevice } from "./device.js";
import { whyNoGpu } from "./gpu-here.js";
import type { WebGpuProbe } from "./webgpu-probe.js";

export interface ChosenDevice {
  readonly device: Exclude<Device, "auto">;
  readonly skipped: readonly SkippedDevice[];
}

/** Milliseconds after which a driver is taken for hung. */
const patience = 60_000;

/** Where the probe's process begins: always the built file, also when this file runs from its source in a test. */
const entry = (): string => fileURLToPath(import.meta.resolve("@pavlov/trainer/webgpu-probe"));

/** How the probe's process ended without a report. */
export function whyNoReport(error: Pick<ExecFileException, "killed" | "signal" | "code"> | null): string {
  if (error?.killed === true) return `its driver hangs (${patience / 1000} seconds)`;
  const { signal, code } = error ?? {};
  // Ctrl-C reaches it as it reaches this process: no fault of the driver.
  if (signal === "SIGINT" || signal === "SIGTERM") return `its trial was stopped (${signal})`;
  return `its driver ends the process (${signal ?? `exit code ${code ?? 0}`})`;
}

/** Tries the GPU in a process of its own. */
export function probeWebGpu(): Promise<WebGpuProbe> {
  return new Promise((resolve) => {
    execFile(process.execPath, [entry()], { timeout: patience, killSignal: "SIGKILL" }, (error, output) => {
      const line = output.split("\n").find(isReport);
      if (line !== undefined) resolve(JSON.parse(line) as WebGpuProbe);
      else resolve({ works: false, reason: whyNoReport(error) });
    });
  });
}

const rounded = (speed: number): string => (speed < 10 ? speed.toPrecision(2) : Math.round(speed).toString());

/** Drivers may print lines of their own. */
const isReport = (line: string): boolean => line.startsWith('{"works":');

/** A message as the end of a sentence. */
const asReason = (message: string): string => message.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());

/** The best device that works here, and why the better ones were not taken. */
export async function chooseDevice(probe = probeWebGpu, noGpu = whyNoGpu): Promise<ChosenDevice> {
  const onCpu = (reason: string, isAbsent = false): ChosenDevice => ({
    device: "cpu",
    skipped: [{ device: "webgpu", reason, absent: isAbsent }],
  });
  const absent = noGpu();
  if (absent !== null) return onCpu(absent, true);
  const found = await probe();
  if (!found.works) return onCpu(asReason(found.reason));
  if (found.webgpu > found.cpu) return { device: "webgpu", skipped: [] };
  return onCpu(`it is slower than the CPU (${rounded(found.webgpu)} GFLOP/s instead of ${rounded(found.cpu)})`);
}
