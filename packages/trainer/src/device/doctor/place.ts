/** Where the process runs as far as advice depends on it: in a container, under WSL, in which distribution. */
import type { Sources } from "./sources.js";

export interface Place {
  readonly isContainer: boolean;
  readonly isWsl: boolean;
  /** Distribution of Linux and those it is like: `ubuntu`, `debian`. */
  readonly distributions: readonly string[];
}

/** The place of this process. */
export async function placeOf(sources: Sources): Promise<Place> {
  if (sources.platform !== "linux") return { isContainer: false, isWsl: false, distributions: [] };
  const [docker, podman, kernel, release] = await Promise.all([
    sources.exists("/.dockerenv"),
    sources.exists("/run/.containerenv"),
    sources.read("/proc/sys/kernel/osrelease"),
    sources.read("/etc/os-release"),
  ]);
  return {
    isContainer: docker || podman || (sources.env["container"] ?? sources.env["KUBERNETES_SERVICE_HOST"] ?? "") !== "",
    isWsl: /microsoft/i.test(kernel ?? ""),
    distributions: [...(release ?? "").matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, ids]) =>
      (ids as string).split(" ").filter(Boolean),
    ),
  };
}

type Part = "loader" | "drivers" | "tools";

/** Packages by what installs them; drivers are those of Mesa, for GPUs of AMD and Intel. */
const installers: readonly (readonly [RegExp, Readonly<Record<Part, string>>])[] = [
  [
    /debian|ubuntu/,
    {
      loader: "apt install libvulkan1",
      drivers: "apt install mesa-vulkan-drivers",
      tools: "apt install vulkan-tools",
    },
  ],
  [
    /fedora|rhel|centos/,
    {
      loader: "dnf install vulkan-loader",
      drivers: "dnf install mesa-vulkan-drivers",
      tools: "dnf install vulkan-tools",
    },
  ],
  [
    /arch/,
    {
      loader: "pacman -S vulkan-icd-loader",
      drivers: "pacman -S vulkan-radeon (AMD) or vulkan-intel",
      tools: "pacman -S vulkan-tools",
    },
  ],
  [
    /suse/,
    {
      loader: "zypper install libvulkan1",
      drivers: "zypper install libvulkan_radeon (AMD) or libvulkan_intel",
      tools: "zypper install vulkan-tools",
    },
  ],
];

/** What installs a part of Vulkan here. */
export function installOf(part: Part, { distributions }: Place): string {
  const found = installers.find(([pattern]) => distributions.some((name) => pattern.test(name)));
  if (found !== undefined) return found[1][part];
  const names: Readonly<Record<Part, string>> = {
    loader: "the Vulkan loader (libvulkan.so.1)",
    drivers: "Mesa's Vulkan drivers",
    tools: "vulkan-tools",
  };
  return `install ${names[part]} from your distribution`;
}
