/** Vulkan's loader, drivers and devices, by recorded files. */
import { describe, expect, test } from "vitest";
import type { Adapter, Maker } from "./adapter.js";
import { placeOf } from "./place.js";
import { recorded, type Recorded } from "./sources.test.fixture.js";
import { vulkanDevices } from "./vulkan-devices.js";
import { vulkanDriverCheck } from "./vulkan-driver-check.js";
import { vulkanLoader } from "./vulkan-loader.js";

const manifest = (library: string): string =>
  JSON.stringify({ file_format_version: "1.0.0", ICD: { library_path: library, api_version: "1.3.230" } });

const radeon = {
  "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json": manifest("/usr/lib/libvulkan_radeon.so"),
  "/usr/share/vulkan/icd.d/radeon_icd.i686.json": manifest("/usr/lib32/libvulkan_radeon.so"),
  "/usr/lib/libvulkan_radeon.so": "",
};
const lavapipe = {
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json": manifest("/usr/lib/libvulkan_lvp.so"),
  "/usr/lib/libvulkan_lvp.so": "",
};
const nvidia = { "/etc/vulkan/icd.d/nvidia_icd.json": manifest("libGLX_nvidia.so.0") };
const debian = { "/etc/os-release": 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nID_LIKE=debian\n' };

const drivers = async (machine: Recorded, ...makers: readonly Maker[]) => {
  const sources = recorded(machine);
  const adapters = makers.map((maker): Adapter => ({ name: maker, maker, memory: null, driver: "", computes: true }));
  return vulkanDriverCheck(sources, await placeOf(sources), adapters);
};

describe("drivers", () => {
  test("of this architecture are named", async () => {
    const files = { ...radeon, ...lavapipe };
    expect(await drivers({ files }, "AMD")).toEqual({ status: "ok", detail: "radeon, lvp" });
  });

  test("that are not for the machine's GPU are not enough", async () => {
    const found = await drivers({ files: { ...lavapipe, ...debian } }, "Intel");
    expect(found).toEqual({
      status: "missing",
      detail: "none for the GPU of Intel: lvp",
      fix: "apt install mesa-vulkan-drivers",
    });
  });

  test("whose library is left out of a container name what brings it", async () => {
    const files = { ...nvidia, "/.dockerenv": "" };
    const found = await drivers({ files }, "NVIDIA");
    expect(found.status).toBe("missing");
    expect(found.detail).toContain("/etc/vulkan/icd.d/nvidia_icd.json is of no use: libGLX_nvidia.so.0 is not there");
    expect(found.fix).toContain("-e NVIDIA_DRIVER_CAPABILITIES=all");
    const given = await drivers({ files, env: { NVIDIA_DRIVER_CAPABILITIES: "compute,graphics" } }, "NVIDIA");
    expect(given.fix).toContain("libxext6");
  });

  test("whose library the linker finds work", async () => {
    const programs = {
      "/sbin/ldconfig -p":
        "2 libs found in cache\n\tlibGLX_nvidia.so.0 (libc6) => /lib/i386/libGLX_nvidia.so.0\n" +
        "\tlibGLX_nvidia.so.0 (libc6,x86-64) => /lib/x86_64/libGLX_nvidia.so.0\n",
    };
    expect(await drivers({ files: nvidia, programs }, "NVIDIA")).toEqual({ status: "ok", detail: "nvidia" });
    const narrow = { "/sbin/ldconfig -p": "\tlibGLX_nvidia.so.0 (libc6) => /lib/i386/libGLX_nvidia.so.0\n" };
    expect((await drivers({ files: nvidia, programs: narrow }, "NVIDIA")).status).toBe("missing");
  });

  test("that a variable names take the place of all others", async () => {
    const env = { VK_ICD_FILENAMES: "/none.json" };
    expect(await drivers({ files: radeon, env })).toEqual({
      status: "problem",
      detail: "/none.json is of no use: there is no such file (by VK_ICD_FILENAMES)",
      fix: "unset VK_ICD_FILENAMES, or name a driver's manifest in it",
    });
    const software = {
      "/opt/vk_swiftshader_icd.json": manifest("./libvk_swiftshader.so"),
      "/opt/libvk_swiftshader.so": "",
    };
    const found = await drivers({ files: software, env: { VK_DRIVER_FILES: "/opt/vk_swiftshader_icd.json", ...env } });
    expect(found.detail).toBe("only one that computes on the CPU: swiftshader (by VK_DRIVER_FILES)");
  });

  test.each([
    ["{", "it is no JSON"],
    ["null", "it names no library"],
    ['{"ICD":{"library_path":5}}', "it names no library"],
  ])("whose manifest is damaged (%s) are passed over", async (text, fault) => {
    const found = await drivers({ files: { "/etc/vulkan/icd.d/x.json": text } });
    expect(found).toMatchObject({ status: "problem", detail: `/etc/vulkan/icd.d/x.json is of no use: ${fault}` });
  });

  test("are not needed where there is no Vulkan", async () => {
    expect((await drivers({ platform: "darwin" })).status).toBe("info");
    expect((await drivers({})).detail).toBe("none is installed");
  });
});

test.each([
  [{ "/etc/os-release": 'ID="fedora"\n' }, "dnf install vulkan-loader"],
  [{ "/etc/os-release": 'ID=opensuse-leap\nID_LIKE="suse opensuse"\n' }, "zypper install libvulkan1"],
  [{}, "install the Vulkan loader (libvulkan.so.1) from your distribution"],
])("a missing loader is installed by the distribution's own program", async (files, fix) => {
  const sources = recorded({ files });
  expect(await vulkanLoader(sources, await placeOf(sources))).toMatchObject({ status: "missing", fix });
});

describe("devices", () => {
  const device = (name: string, type: string, version: string): string =>
    `\tapiVersion         = ${version}\n\tdeviceType         = PHYSICAL_DEVICE_TYPE_${type}\n` +
    `\tdeviceName         = ${name}\n\tdriverName         = radv\n\tdriverInfo         = Mesa 24.2\n`;
  const found = async (summary: string | undefined) => {
    const sources = recorded({ programs: summary === undefined ? {} : { "vulkaninfo --summary": summary } });
    return vulkanDevices(sources, await placeOf(sources));
  };

  test("are told with type, driver and version", async () => {
    const gpus = `GPU0:\n${device("RX 7900", "DISCRETE_GPU", "1.3.289")}GPU1:\n${device("llvmpipe", "CPU", "4206797 (1.3.205)")}`;
    expect(await found(`Devices:\n========\n${gpus}`)).toEqual({
      status: "ok",
      detail: "RX 7900 (discrete GPU, radv Mesa 24.2, Vulkan 1.3.289); llvmpipe (CPU, radv Mesa 24.2, Vulkan 1.3.205)",
    });
  });

  test("that are the CPU, or hang, or are not there, are told as that", async () => {
    expect((await found(`GPU0:\n${device("llvmpipe", "CPU", "1.3.0")}`)).detail).toMatch(/^none but the CPU: llvmpipe/);
    expect((await found("hung")).status).toBe("problem");
    expect((await found("")).status).toBe("missing");
    expect((await found(undefined)).status).toBe("info");
  });
});
