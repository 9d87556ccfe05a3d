/** The line on Vulkan drivers: which are there, and which one is missing for the GPUs of the machine. */
import type { Adapter, Maker } from "./adapter.js";
import type { Found } from "./check.js";
import { installOf, type Place } from "./place.js";
import type { Sources } from "./sources.js";
import { drivesGpu, driverVariable, type VulkanDriver, vulkanDrivers } from "./vulkan-drivers.js";

/** Names of the drivers for a maker's GPUs. */
const driversOf: Readonly<Partial<Record<Maker, RegExp>>> = {
  NVIDIA: /nvidia|nouveau|dzn/i,
  AMD: /radeon|amd|dzn/i,
  Intel: /intel|dzn/i,
};

function adviceFor(maker: Maker, sources: Sources, place: Place): string {
  if (place.isWsl) return "use pavlov in Windows itself, or a Mesa that was built with its driver dzn";
  if (maker !== "NVIDIA") return installOf("drivers", place);
  if (!place.isContainer)
    return "install NVIDIA's driver with its graphics libraries (libGLX_nvidia.so.0), not those for computing alone";
  const given = sources.env["NVIDIA_DRIVER_CAPABILITIES"];
  if (given === "all" || /\bgraphics\b/.test(given ?? ""))
    return "apt install libxext6 libegl1 in the image, which NVIDIA's driver needs";
  return "start the container with -e NVIDIA_DRIVER_CAPABILITIES=all: without it NVIDIA's driver for Vulkan is left out";
}

const described = ({ name, manifest, fault }: VulkanDriver): string =>
  fault === null ? name : `${manifest} is of no use: ${fault}`;

/** Whether drivers are there for the machine's GPUs. */
export async function vulkanDriverCheck(sources: Sources, place: Place, adapters: readonly Adapter[]): Promise<Found> {
  if (sources.platform !== "linux") return { status: "info", detail: "not needed: WebGPU does without Vulkan here" };
  const drivers = await vulkanDrivers(sources);
  const variable = driverVariable(sources);
  const from = variable === undefined ? "" : ` (by ${variable})`;
  const list = `${drivers.map(described).join(drivers.some(({ fault }) => fault !== null) ? "; " : ", ")}${from}`;
  const computing = adapters.filter(({ computes }) => computes);
  const makers = [...new Set(computing.map(({ maker }) => maker))].filter((maker) => driversOf[maker] !== undefined);
  const without = makers.filter((maker) => !drivers.some((one) => drivesGpu(one) && driversOf[maker]?.test(one.name)));
  const usable = drivers.filter(drivesGpu);
  if (without.length > 0 && without.length === makers.length) {
    const fix = variable === undefined ? adviceFor(without[0] as Maker, sources, place) : `unset ${variable}`;
    const detail = `none for the GPU of ${without.join(" and ")}${drivers.length === 0 ? "" : `: ${list}`}`;
    return { status: "missing", detail, fix };
  }
  if (usable.length > 0) return { status: "ok", detail: list };
  const given = variable === undefined ? {} : { fix: `unset ${variable}, or name a driver's manifest in it` };
  if (drivers.length === 0) return { status: "missing", detail: `none is installed${from}`, ...given };
  const works = drivers.some(({ fault }) => fault === null);
  if (works) return { status: "info", detail: `only one that computes on the CPU: ${list}` };
  return { status: "problem", detail: list, ...given };
}
