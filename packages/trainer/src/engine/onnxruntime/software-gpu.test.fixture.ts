/**
 * A GPU for tests: SwiftShader, a Vulkan driver that computes on the CPU and comes with Debian's `chromium`, or the
 * driver whose manifest `PAVLOV_GPU_DRIVER` names. Where there is none, tests of GPUs are skipped, unless
 * `PAVLOV_REQUIRE_GPU` is 1.
 */
import { existsSync } from "node:fs";
import type { Engine } from "../engine.js";
import { createOnnxRuntimeEngine } from "./engine.js";

/** The engine on that GPU; null where there is none. */
export async function softwareGpu(): Promise<Engine | null> {
  const driver = process.env["PAVLOV_GPU_DRIVER"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";
  if (existsSync(driver)) process.env["VK_ICD_FILENAMES"] ??= driver;
  if (process.env["VK_ICD_FILENAMES"] === undefined && process.env["PAVLOV_REQUIRE_GPU"] !== "1") return null;
  return createOnnxRuntimeEngine({ provider: "webgpu" });
}
