/**
 * A GPU for tests, which run with `PAVLOV_REQUIRE_GPU=1` alone: they take minutes where a processor plays the GPU. That
 * is SwiftShader, a Vulkan driver out of Debian's `chromium-common`, the driver whose manifest `PAVLOV_GPU_DRIVER`
 * names, or a real one.
 */
import { existsSync } from "node:fs";
import type { Engine } from "../engine.js";
import { createOnnxRuntimeEngine } from "./engine.js";

/** The engine on that GPU; null where no GPU is asked for. */
export async function softwareGpu(): Promise<Engine | null> {
  if (process.env["PAVLOV_REQUIRE_GPU"] !== "1") return null;
  const driver = process.env["PAVLOV_GPU_DRIVER"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json";
  if (existsSync(driver)) process.env["VK_ICD_FILENAMES"] ??= driver;
  return createOnnxRuntimeEngine({ provider: "webgpu" });
}
