/** What the Vulkan drivers offer, by `vulkaninfo --summary` where it is installed. */
import type { Found } from "./check.js";
import { installOf, type Place } from "./place.js";
import { patience, type Sources } from "./sources.js";

export interface VulkanDevice {
  readonly name: string;
  /** `discrete GPU`, `integrated GPU`, `virtual GPU`, `CPU`, `other`. */
  readonly type: string;
  readonly driver: string;
  /** Version of Vulkan. */
  readonly version: string;
}

/** The devices of a summary: blocks `GPU0:` of lines `name = value`. */
function readVulkanSummary(text: string): readonly VulkanDevice[] {
  return text
    .split(/^GPU\d+:\s*$/m)
    .slice(1)
    .map((block) => {
      const fields = new Map(
        [...block.matchAll(/^\s*(\w+)\s*=\s*(.*\S)\s*$/gm)].map(([, key, value]) => [key as string, value as string]),
      );
      const type = (fields.get("deviceType") ?? "").replace(/^PHYSICAL_DEVICE_TYPE_/, "");
      return {
        name: fields.get("deviceName") ?? "unnamed",
        type: type.toLowerCase().replace("_gpu", " GPU").replace("cpu", "CPU") || "other",
        driver: [fields.get("driverName"), fields.get("driverInfo")].filter(Boolean).join(" "),
        // Older ones add the number that it is coded as: "4206797 (1.3.205)".
        version: /\d+\.\d+\.\d+/.exec(fields.get("apiVersion") ?? "")?.[0] ?? "",
      };
    });
}

const described = ({ name, type, driver, version }: VulkanDevice): string =>
  `${name} (${[type, driver, version && `Vulkan ${version}`].filter(Boolean).join(", ")})`;

/** The line on what drivers offer. */
export async function vulkanDevices(sources: Sources, place: Place): Promise<Found> {
  const summary = await sources.run("vulkaninfo", ["--summary"]);
  if (summary.end === "absent") {
    const detail = "vulkaninfo is not installed, which would tell what the drivers offer";
    return { status: "info", detail, fix: installOf("tools", place) };
  }
  if (summary.end === "hung") {
    const fix = "update the GPU's driver, or restart the machine";
    return { status: "problem", detail: `vulkaninfo hangs (${patience / 1000} seconds)`, fix };
  }
  const devices = readVulkanSummary(summary.output);
  if (devices.length === 0) return { status: "missing", detail: "vulkaninfo finds none" };
  const detail = devices.map(described).join("; ");
  if (devices.some(({ type }) => type !== "CPU")) return { status: "ok", detail };
  return { status: "missing", detail: `none but the CPU: ${detail}` };
}
