/** What each Vulkan device has that decides which models fit: memory, sizes of buffers, float16. By `vulkaninfo`. */
import type { Found } from "./check.js";
import type { Sources } from "./sources.js";

/** One device's; null where it is not told. */
interface DeviceFeatures {
  readonly name: string;
  /** Bytes of the memory that is its own. */
  readonly memory: number | null;
  /** Bytes of its largest buffer, `maxBufferSize` (of older drivers, of its largest allocation). */
  readonly largestBuffer: number | null;
  /** Bytes that a program sees of one buffer. */
  readonly bound: number | null;
  /** Whether programs may compute in float16. */
  readonly float16: boolean | null;
}

const numberOf = (block: string, name: string): number | null => {
  const value = new RegExp(String.raw`^\s*${name}\s*=\s*(0x[0-9a-f]+|\d+)`, "im").exec(block)?.[1];
  return value === undefined ? null : Number(value);
};

function memoryOf(block: string): number | null {
  const heaps = block.split(/^\s*memoryHeaps\[\d+\]:\s*$/m).slice(1);
  const own = heaps.filter((heap) =>
    (heap.split(/^\s*memoryTypes/m)[0] ?? "").includes("MEMORY_HEAP_DEVICE_LOCAL_BIT"),
  );
  const sizes = own.map((heap) => numberOf(heap, "size") ?? 0);
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
}

/** The devices of `vulkaninfo`'s text: blocks `GPU0:` of lines `name = value`. */
const readDeviceFeatures = (text: string): readonly DeviceFeatures[] =>
  text
    .split(/^GPU\d+:\s*$/m)
    .slice(1)
    .filter((block) => block.includes("VkPhysicalDeviceLimits"))
    .map((block) => {
      const float16 = /^\s*shaderFloat16\s*=\s*(true|false)/m.exec(block)?.[1];
      return {
        name: /^\s*deviceName\s*=\s*(.*\S)\s*$/m.exec(block)?.[1] ?? "unnamed",
        memory: memoryOf(block),
        largestBuffer: numberOf(block, "maxBufferSize") ?? numberOf(block, "maxMemoryAllocationSize"),
        bound: numberOf(block, "maxStorageBufferRange"),
        float16: float16 === undefined ? null : float16 === "true",
      };
    });

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

function described({ name, memory, largestBuffer, bound, float16 }: DeviceFeatures): string {
  const facts = [
    ...(memory === null ? [] : [`${gigabytes(memory)} of memory`]),
    ...(largestBuffer === null ? [] : [`buffers up to ${gigabytes(largestBuffer)}`]),
    ...(bound === null ? [] : [`${gigabytes(bound)} of one seen at once`]),
    ...(float16 === null ? [] : [float16 ? "float16" : "no float16"]),
  ];
  return `${name} (${facts.join(", ")})`;
}

/** The line on features. Programs need none; the sizes tell which models fit. */
export async function gpuFeatures(sources: Sources): Promise<Found> {
  const none = "none is needed: programs compute in float32, without shader-f16";
  const told = sources.platform === "linux" ? await sources.run("vulkaninfo", []) : null;
  const devices = told?.end === "exited" ? readDeviceFeatures(told.output) : [];
  return { status: "info", detail: [none, ...devices.map(described)].join("; ") };
}
