/** GPUs of Linux: NVIDIA's by its own program, the others by the kernel's folder of graphics cards. */
import { type Adapter, makerOf } from "./adapter.js";
import type { Sources } from "./sources.js";

const cards = "/sys/class/drm";

/** Drivers of displays that virtual machines and servers have. */
const onlyDisplays = /^(bochs|bochs-drm|qxl|cirrus|simple-?drm|simple-framebuffer|ast|mgag200|hyperv_drm|vmwgfx|vkms)$/;

/** Output of {@link nvidiaQuery}, a line for each GPU: `NVIDIA H200, 143771 MiB, 570.86.15`. */
function readNvidiaQuery(output: string): readonly Adapter[] {
  return output.split("\n").flatMap((line): Adapter[] => {
    const [name, memory, driver] = line.split(",").map((part) => part.trim());
    if (!name || driver === undefined) return [];
    const [, mebibytes] = /^(\d+) MiB$/.exec(memory ?? "") ?? [];
    return [
      {
        name: name.startsWith("NVIDIA") ? name : `NVIDIA ${name}`,
        maker: "NVIDIA",
        memory: mebibytes === undefined ? null : Number(mebibytes) * 2 ** 20,
        driver,
        computes: true,
      },
    ];
  });
}

const nvidiaQuery = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];

/** What NVIDIA's own program prints; nothing where it is not there or fails. */
export async function askNvidia({ run, platform }: Sources, query: readonly string[]): Promise<string> {
  const programs = platform === "linux" ? ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"] : ["nvidia-smi"];
  for (const program of programs) {
    const queried = await run(program, query);
    if (queried.end === "exited") return queried.code === 0 ? queried.output : "";
  }
  return "";
}

async function cardAdapter(card: string, { read }: Sources): Promise<Adapter | null> {
  const folder = `${cards}/${card}/device`;
  const [vendor, device, events, memory] = await Promise.all(
    ["vendor", "device", "uevent", "mem_info_vram_total"].map((name) => read(`${folder}/${name}`)),
  );
  const driver = /^DRIVER=(.+)$/m.exec(events ?? "")?.[1] ?? "";
  if (vendor == null && driver === "") return null;
  const number = Number((vendor ?? "").trim() || Number.NaN);
  const maker = makerOf(number);
  const numbers = `${(vendor ?? "").trim()}:${(device ?? "").trim()}`.replaceAll("0x", "");
  const own = Number((memory ?? "").trim() || Number.NaN);
  return {
    name: vendor == null ? card : `${maker === "other" ? "a card" : maker} ${numbers}`,
    maker,
    memory: Number.isFinite(own) ? own : null,
    driver,
    computes: !onlyDisplays.test(driver),
  };
}

/** Cards of the kernel. In a container they are those of the machine, whether it may use them or not. */
export async function linuxAdapters(sources: Sources): Promise<readonly Adapter[]> {
  const names = (await sources.list(cards)).filter((name) => /^card\d+$/.test(name)).toSorted();
  const [nvidia, found] = await Promise.all([
    askNvidia(sources, nvidiaQuery).then(readNvidiaQuery),
    Promise.all(names.map((name) => cardAdapter(name, sources))),
  ]);
  const others = found.filter((adapter): adapter is Adapter => adapter !== null);
  return [...nvidia, ...others.filter(({ maker }) => maker !== "NVIDIA" || nvidia.length === 0)];
}
