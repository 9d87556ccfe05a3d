/** What other systems' files and programs say of GPUs, by recorded samples. */
import { describe, expect, test } from "vitest";
import { adaptersOf } from "./adapters.js";
import { describeAdapter } from "./adapter.js";
import { deviceFiles } from "./device-files.js";
import { adapterChecks } from "./gpu-lines.js";
import { placeOf } from "./place.js";
import { recorded, type Recorded } from "./sources.test.fixture.js";

const nvidia = "nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader";
const profiler = "system_profiler SPDisplaysDataType -json";
const powershell =
  "powershell.exe -NoProfile -NonInteractive -Command " +
  "Get-CimInstance Win32_VideoController | Select-Object Name,AdapterRAM,DriverVersion | ConvertTo-Json";

const card = (number: number, vendor: string, driver: string, memory?: string) => ({
  [`/sys/class/drm/card${number}/device/vendor`]: `${vendor}\n`,
  [`/sys/class/drm/card${number}/device/device`]: "0x744c\n",
  [`/sys/class/drm/card${number}/device/uevent`]: `DRIVER=${driver}\nPCI_CLASS=30000\n`,
  ...(memory !== undefined && { [`/sys/class/drm/card${number}/device/mem_info_vram_total`]: memory }),
  [`/sys/class/drm/card${number}-HDMI-A-1/status`]: "connected",
});

const lines = async (machine: Recorded) => (await adaptersOf(recorded(machine))).map(describeAdapter);

describe("adapters", () => {
  test("of Linux are the kernel's cards, with the memory that AMD's driver tells", async () => {
    const files = { ...card(0, "0x1002", "amdgpu", "25753026560\n"), ...card(1, "0x8086", "i915") };
    expect(await lines({ files })).toEqual(["AMD 1002:744c (24.0 GB, driver amdgpu)", "Intel 8086:744c (driver i915)"]);
  });

  test("of NVIDIA are told by its program, and not twice", async () => {
    const programs = { [nvidia]: "NVIDIA H200, 143771 MiB, 570.86.15\nTesla T4, [N/A], 570.86.15\n" };
    expect(await lines({ files: card(0, "0x10de", "nvidia"), programs })).toEqual([
      "NVIDIA H200 (140.4 GB, driver 570.86.15)",
      "NVIDIA Tesla T4 (driver 570.86.15)",
    ]);
  });

  test("of NVIDIA whose program hangs are the kernel's", async () => {
    const machine = { files: card(0, "0x10de", "nouveau"), programs: { [nvidia]: "hung" } };
    expect(await lines(machine)).toEqual(["NVIDIA 10de:744c (driver nouveau)"]);
  });

  test("of virtual machines are told to be displays", async () => {
    expect(await lines({ files: card(0, "0x1234", "bochs-drm") })).toEqual([
      "a card 1234:744c (driver bochs-drm, a display, no GPU that computes)",
    ]);
  });

  test("of a Mac are told by its profiler", async () => {
    const apple = {
      _name: "Apple M2",
      sppci_model: "Apple M2",
      sppci_cores: "10",
      spdisplays_ndrvs: [{ _name: "Color LCD", "_spdisplays_display-serial-number": "secret" }],
    };
    const programs = { [profiler]: JSON.stringify({ SPDisplaysDataType: [apple] }) };
    expect(await lines({ platform: "darwin", arch: "arm64", programs })).toEqual(["Apple M2, 10 cores"]);
  });

  test("of Windows are one or several, and their memory is counted in 32 bits", async () => {
    const large = { Name: "NVIDIA GeForce RTX 4090", AdapterRAM: 4293918720, DriverVersion: "32.0.15.6603" };
    const basic = { Name: "Microsoft Basic Display Adapter", AdapterRAM: null, DriverVersion: "10.0.1" };
    expect(await lines({ platform: "win32", programs: { [powershell]: JSON.stringify(large) } })).toEqual([
      "NVIDIA GeForce RTX 4090, 4 GB or more (driver 32.0.15.6603)",
    ]);
    expect(await lines({ platform: "win32", programs: { [powershell]: JSON.stringify([large, basic]) } })).toEqual([
      "NVIDIA GeForce RTX 4090, 4 GB or more (driver 32.0.15.6603)",
      "Microsoft Basic Display Adapter (driver 10.0.1, a display, no GPU that computes)",
    ]);
  });

  test("that cannot be told, and those that are not there, are lines", async () => {
    const [unknown] = await adapterChecks(adaptersOf(recorded({ platform: "win32" })));
    expect(unknown).toMatchObject({ status: "problem", detail: "cannot be told: PowerShell cannot be run" });
    const [hung] = await adapterChecks(adaptersOf(recorded({ platform: "darwin", programs: { [profiler]: "hung" } })));
    expect(hung?.detail).toBe("cannot be told: system_profiler does not answer");
    const [garbled] = await adapterChecks(adaptersOf(recorded({ platform: "darwin", programs: { [profiler]: "{" } })));
    expect(garbled?.status).toBe("problem");
    expect(await adapterChecks(adaptersOf(recorded()))).toMatchObject([{ id: "gpu", status: "missing" }]);
  });
});

describe("device files", () => {
  const found = async (machine: Recorded) => {
    const sources = recorded(machine);
    return deviceFiles(sources, await placeOf(sources));
  };

  test("that may be used are named", async () => {
    expect(await found({ files: { "/dev/dri/renderD128": "", "/dev/dri/card0": "" } })).toEqual({
      status: "ok",
      detail: "/dev/dri/renderD128",
    });
  });

  test("that belong to a group without this user name it", async () => {
    const files = { "/dev/dri/renderD128": "", "/etc/group": "video:x:44:\nrender:x:105:\n" };
    expect(await found({ files, forbidden: { "/dev/dri/renderD128": 105 } })).toEqual({
      status: "problem",
      detail: "this user may not use /dev/dri/renderD128 (group render)",
      fix: "sudo usermod -aG render $USER, then log out and in",
    });
    const inside = { ...files, "/.dockerenv": "" };
    expect((await found({ files: inside, forbidden: { "/dev/dri/renderD128": 105 } })).fix).toContain("--group-add");
  });

  test("that are missing are asked of who has them", async () => {
    expect((await found({})).fix).toBeUndefined();
    expect((await found({ files: { "/.dockerenv": "" } })).fix).toContain("--device /dev/dri");
    const wsl = await found({ files: { "/proc/sys/kernel/osrelease": "6.6.87.2-microsoft-standard-WSL2\n" } });
    expect(wsl).toMatchObject({ status: "missing", detail: "there is no /dev/dxg" });
    expect(wsl.fix).toContain("wsl --update");
    expect((await found({ platform: "win32" })).status).toBe("info");
  });
});
