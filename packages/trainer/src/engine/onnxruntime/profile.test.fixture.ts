/** Runs a program once and tells which kernels ONNX Runtime ran, by its own profile. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompileOptions, Specs, TensorProgram, TypedArray } from "../engine.js";
import { createOnnxRuntimeEngine } from "./engine.js";

interface ProfileEvent {
  readonly name: string;
  readonly ts: number;
}

/** Names of the run's kernels in the order of their start; those of a result begin with its key and a slash. */
export async function profiledKernels(
  program: TensorProgram,
  specs: Specs,
  values: Readonly<Record<string, TypedArray>>,
  options: CompileOptions = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "pavlov-profile-"));
  try {
    const engine = await createOnnxRuntimeEngine({ threads: 1 });
    const compiled = await engine.compile("profiled", program, specs, {
      ...options,
      profilePrefix: join(folder, "run"),
    });
    const inputs = Object.entries(values).map(
      ([name, data]) => [name, engine.buffer(data, specs[name]?.shape as number[])] as const,
    );
    await compiled.run(Object.fromEntries(inputs));
    compiled.dispose();
    const file = readdirSync(folder)[0] as string;
    const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as ProfileEvent[];
    return events
      .filter((event) => event.name.endsWith("_kernel_time"))
      .toSorted((a, b) => a.ts - b.ts)
      .map((event) => event.name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
