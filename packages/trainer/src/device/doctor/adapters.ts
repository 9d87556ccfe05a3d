/** The GPUs of the machine, as each system tells of them. */
import { type Adapter, makerNamed } from "./adapter.js";
import { linuxAdapters } from "./linux-adapters.js";
import type { Sources } from "./sources.js";

type Fields = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Output of `system_profiler SPDisplaysDataType -json`. */
function readSystemProfiler(output: string): readonly Adapter[] {
  const { SPDisplaysDataType: found } = JSON.parse(output) as { readonly SPDisplaysDataType?: readonly Fields[] };
  return (found ?? []).map((fields) => {
    const name = textOf(fields["sppci_model"]) || textOf(fields["_name"]) || "unnamed";
    const cores = textOf(fields["sppci_cores"]);
    const [, amount, unit] = /^(\d+) ([MG])B$/.exec(textOf(fields["spdisplays_vram"])) ?? [];
    return {
      name: cores === "" ? name : `${name}, ${cores} cores`,
      maker: makerNamed(`${name} ${textOf(fields["spdisplays_vendor"])}`),
      memory: amount === undefined ? null : Number(amount) * (unit === "G" ? 2 ** 30 : 2 ** 20),
      driver: "",
      computes: true,
    };
  });
}

/** Windows counts a GPU's memory in 32 bits. */
const MOST_OF_WINDOWS = 2 ** 32 - 2 ** 21;

/** Output of {@link windowsQuery}: one object, or a list of them. */
function readVideoControllers(output: string): readonly Adapter[] {
  if (output.trim() === "") return [];
  const parsed = JSON.parse(output) as Fields | readonly Fields[];
  return [parsed].flat().map((fields) => {
    const name = textOf(fields["Name"]) || "unnamed";
    const memory = Number(fields["AdapterRAM"] ?? Number.NaN);
    const isCut = memory >= MOST_OF_WINDOWS;
    return {
      name: isCut ? `${name}, 4 GB or more` : name,
      maker: makerNamed(name),
      memory: Number.isFinite(memory) && memory > 0 && !isCut ? memory : null,
      driver: textOf(fields["DriverVersion"]),
      computes: !/basic (display|render)|remote display|hyper-v/i.test(name),
    };
  });
}

/** What asks Windows for its GPUs. */
const windowsQuery = [
  "-NoProfile",
  "-NonInteractive",
  "-Command",
  "Get-CimInstance Win32_VideoController | Select-Object Name,AdapterRAM,DriverVersion | ConvertTo-Json",
];

/** The machine's GPUs; none where the system's program is missing or does not answer. */
export async function adaptersOf(sources: Sources): Promise<readonly Adapter[]> {
  const { platform, run } = sources;
  if (platform === "linux") return linuxAdapters(sources);
  const isMac = platform === "darwin";
  const asked = isMac
    ? await run("system_profiler", ["SPDisplaysDataType", "-json"])
    : await run("powershell.exe", windowsQuery);
  if (asked.end !== "exited" || asked.code !== 0) {
    const program = isMac ? "system_profiler" : "PowerShell";
    throw new Error(`${program} ${asked.end === "hung" ? "does not answer" : "cannot be run"}`);
  }
  return isMac ? readSystemProfiler(asked.output) : readVideoControllers(asked.output);
}
