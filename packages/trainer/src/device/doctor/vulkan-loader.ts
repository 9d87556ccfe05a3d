/** The Vulkan loader, by which the WebGPU provider reaches the drivers of Linux. */
import type { Found } from "./check.js";
import { findLibrary } from "./libraries.js";
import { installOf, type Place } from "./place.js";
import type { Sources } from "./sources.js";

/** Whether `libvulkan.so.1` is there; elsewhere what takes its place. */
export async function vulkanLoader(sources: Sources, place: Place): Promise<Found> {
  if (sources.platform === "win32") return { status: "info", detail: "not needed: Windows has Direct3D 12" };
  if (sources.platform === "darwin") return { status: "info", detail: "not needed: macOS has Metal" };
  const found = await findLibrary("libvulkan.so.1", sources);
  if (found !== null) return { status: "ok", detail: found };
  return {
    status: "missing",
    detail: "libvulkan.so.1 is not installed, and WebGPU reaches no GPU without it",
    fix: installOf("loader", place),
  };
}
