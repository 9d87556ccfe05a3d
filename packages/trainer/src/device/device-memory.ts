/** How much of a GPU's memory is in use while something computes there, as far as the system tells. */
import { askNvidia } from "./doctor/linux-adapters.js";
import { machineSources, type Sources } from "./doctor/sources.js";

const cards = "/sys/class/drm";

const nvidiaQuery = ["--query-gpu=memory.used", "--format=csv,noheader,nounits"];

/** Mebibytes of each of NVIDIA's GPUs, in bytes; none where its program is not there, fails or does not tell. */
async function nvidiaBytes(sources: Sources): Promise<readonly number[]> {
  const output = await askNvidia(sources, nvidiaQuery);
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const bytes = lines.map((line) => Number(line) * 2 ** 20);
  return bytes.every(Number.isFinite) ? bytes : [];
}

/** What AMD's driver tells of its cards. */
async function cardBytes({ list, read }: Sources): Promise<readonly number[]> {
  const names = (await list(cards)).filter((name) => /^card\d+$/.test(name)).toSorted();
  const texts = await Promise.all(names.map((name) => read(`${cards}/${name}/device/mem_info_vram_used`)));
  return texts.flatMap((text) => (text !== null && /^\d+\s*$/.test(text) ? [Number(text)] : []));
}

/**
 * Bytes in use on each GPU of this machine, by all programs together: NVIDIA's by `nvidia-smi`, AMD's by the kernel. No
 * number where nothing tells, as with Intel's and Apple's.
 */
export async function usedDeviceBytes(sources: Sources = machineSources()): Promise<readonly number[]> {
  const [nvidia, others] = await Promise.all([nvidiaBytes(sources), cardBytes(sources)]);
  return [...nvidia, ...others];
}

/** Looks at the GPUs' memory from time to time. */
export interface DeviceMemoryWatch {
  /** Looks now. */
  look(): Promise<void>;
  /**
   * Looks no more. The most bytes that were seen in use on the GPU on which they grew most; null where nothing told. What
   * was given back between two looks is not among them.
   */
  stop(): number | null;
}

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/** Begins with a look, and holds no process back from ending. */
export async function watchDeviceMemory(sources: Sources = machineSources()): Promise<DeviceMemoryWatch> {
  const first = await usedDeviceBytes(sources);
  const most = [...first];
  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const used = first.length === 0 ? [] : await usedDeviceBytes(sources);
    if (used.length === most.length) used.forEach((bytes, gpu) => (most[gpu] = Math.max(most[gpu] as number, bytes)));
  };
  const again = (): void => {
    looking ??= look().finally(() => (looking = null));
  };
  const timer = first.length === 0 ? undefined : setInterval(again, INTERVAL).unref();
  return {
    look,
    stop() {
      clearInterval(timer);
      const growth = most.map((bytes, gpu) => bytes - (first[gpu] as number));
      return growth.length === 0 ? null : (most[growth.indexOf(Math.max(...growth))] as number);
    },
  };
}
