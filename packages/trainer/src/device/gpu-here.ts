/** Whether this machine has a GPU that a driver could offer, by what costs nothing to look at. */
import { existsSync, readdirSync } from "node:fs";

/** Variables that name Vulkan drivers. */
const DRIVER_VARIABLES = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES"];

const renderNodes = (): boolean => {
  try {
    return readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
  } catch {
    return false;
  }
};

/** Null where there may be a GPU, else why there is none. */
export function whyNoGpu(platform = process.platform, arch = process.arch): string | null {
  if (platform === "darwin")
    return arch === "arm64" ? null : "ONNX Runtime has no build for Macs with Intel's processors";
  if (platform !== "linux") return null;
  if (arch !== "x64") return `ONNX Runtime's build for Linux on ${arch} has no WebGPU`;
  if (DRIVER_VARIABLES.some((name) => (process.env[name] ?? "") !== "")) return null;
  const isThere = renderNodes() || existsSync("/dev/nvidia0") || existsSync("/dev/dxg");
  return isThere ? null : "this machine shows no GPU (/dev/dri, /dev/nvidia0)";
}
