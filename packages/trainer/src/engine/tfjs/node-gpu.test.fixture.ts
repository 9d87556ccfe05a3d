/**
 * tfjs-node-gpu for tests: the package that `PAVLOV_TFJS_NODE` names, or an installed one whose addon was built. It may
 * compute on the CPU. Where there is none, its tests are skipped, unless the variable is set.
 */
import { existsSync } from "node:fs";
import type { Engine } from "../engine.js";
import { createTfjsEngine } from "./engine.js";
import { findNodeGpuFolder, nodeGpuAddon, nodeGpuFolderVariable } from "./node-gpu-folder.js";

/** The engine on it; null where it is not built. */
export async function builtNodeGpu(): Promise<Engine | null> {
  const folder = findNodeGpuFolder();
  const addon = folder === null ? null : nodeGpuAddon(folder);
  const isBuilt = addon !== null && existsSync(addon.file);
  if (!isBuilt && (process.env[nodeGpuFolderVariable] ?? "") === "") return null;
  process.env["PAVLOV_TFJS_NODE_CPU"] = "1";
  return createTfjsEngine("tensorflow");
}
