/**
 * A GPU for tests: the one that is here, or SwiftShader, a Vulkan driver that computes on the CPU and comes with
 * Debian's `chromium`. Where neither is, tests of GPUs are skipped, unless `PAVLOV_REQUIRE_GPU` is 1.
 */
import { existsSync } from "node:fs";
import type { Engine } from "../engine.js";
import { createOnnxRuntimeEngine } from "./engine.js";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** The engine on that GPU; null where there is none. */
export async function softwareGpu(): Promise<Engine | null> {
  const required = process.env["PAVLOV_REQUIRE_GPU"] === "1";
  if (existsSync(driver)) process.env["VK_ICD_FILENAMES"] ??= driver;
  if (process.env["VK_ICD_FILENAMES"] === undefined && !required) return null;
  return createOnnxRuntimeEngine({ provider: "webgpu" });
}
