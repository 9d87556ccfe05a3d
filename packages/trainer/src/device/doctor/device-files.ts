/** The files by which processes of Linux reach a GPU, and whether this one may use them. */
import type { Found } from "./check.js";
import type { Place } from "./place.js";
import type { Sources } from "./sources.js";

const folder = "/dev/dri";

async function nameOfGroup(number: number | null, { read }: Sources): Promise<string> {
  const line = ((await read("/etc/group")) ?? "").split("\n").find((text) => text.split(":")[2] === String(number));
  return line?.split(":")[0] ?? (number === null ? "render" : String(number));
}

const absent = ({ isContainer, isWsl }: Place): Found => {
  const detail = isWsl ? "there is no /dev/dxg" : "there is no /dev/dri/renderD*, /dev/nvidia0 or /dev/dxg";
  if (isWsl) {
    const fix = "update WSL (wsl --update) and the GPU's driver in Windows, then restart WSL (wsl --shutdown)";
    return { status: "missing", detail, fix };
  }
  if (!isContainer) return { status: "missing", detail };
  const fix =
    "where the machine has a GPU: docker run --device /dev/dri … or, for NVIDIA's, --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all";
  return { status: "missing", detail: `${detail} in this container`, fix };
};

/** Whether there are such files, and whether they may be read and written. */
export async function deviceFiles(sources: Sources, place: Place): Promise<Found> {
  if (sources.platform !== "linux") return { status: "info", detail: "not needed on this system" };
  const nodes = (await sources.list(folder)).filter((name) => name.startsWith("renderD")).toSorted();
  const all = [...nodes.map((name) => `${folder}/${name}`), "/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"];
  const there = await Promise.all(all.map((path) => sources.exists(path)));
  const found = all.filter((_, index) => there[index]);
  if (found.length === 0) return absent(place);
  const usable = await Promise.all(found.map((path) => sources.mayUse(path)));
  const refused = found.filter((_, index) => !usable[index]);
  if (refused.length === 0) return { status: "ok", detail: found.join(", ") };
  const group = await nameOfGroup(await sources.groupOf(refused[0] as string), sources);
  const mayNot = `this user may not use ${refused.join(", ")} (group ${group})`;
  const fix = place.isContainer
    ? `docker run --group-add $(stat -c %g ${refused[0]}) …`
    : `sudo usermod -aG ${group} $USER, then log out and in`;
  return { status: "problem", detail: mayNot, fix };
}
