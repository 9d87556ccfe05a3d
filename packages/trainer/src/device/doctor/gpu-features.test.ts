import { expect, test } from "vitest";
import { gpuFeatures } from "./gpu-features.js";
import { recorded } from "./sources.test.fixture.js";

/** In the form of `vulkaninfo`, of what is read. */
const device = (name: string, limits: string, heaps: string, float16: string): string => `
VkPhysicalDeviceProperties:
---------------------------
\tdeviceName        = ${name}
VkPhysicalDeviceLimits:
${limits}
VkPhysicalDeviceMemoryProperties:
memoryHeaps: count = 2
${heaps}
memoryTypes: count = 1
\tmemoryTypes[0]:
\t\tpropertyFlags = 0x000f: count = 4
\t\t\tMEMORY_PROPERTY_DEVICE_LOCAL_BIT
VkPhysicalDeviceFeatures:
${float16}`;

const own = "\tmemoryHeaps[0]:\n\t\tsize   = 8589934592 (0x200000000) (8.00 GiB)\n\t\t\tMEMORY_HEAP_DEVICE_LOCAL_BIT";
const shared = "\tmemoryHeaps[1]:\n\t\tsize   = 17179869184 (0x400000000) (16.00 GiB)\n\t\tflags:\n\t\t\tNone";

const text = `GPU id : 0 (Card)
Device Properties and Extensions:
GPU0:${device(
  "Card",
  "\tmaxStorageBufferRange = 4294967295\n\tmaxMemoryAllocationSize = 0x100000000\n\tmaxBufferSize = 0x80000000",
  `${own}\n${shared}`,
  "\tshaderFloat16 = true",
)}
GPU1:${device("Old card", "\tmaxStorageBufferRange = 134217728", shared, "")}
`;

test("memory of its own, sizes of buffers and float16 are told of each device", async () => {
  const { status, detail } = await gpuFeatures(recorded({ programs: { vulkaninfo: text } }));
  expect(status).toBe("info");
  expect(detail).toBe(
    "none is needed: programs compute in float32, without shader-f16; " +
      "Card (8.0 GB of memory, buffers up to 2.0 GB, 4.0 GB of one seen at once, float16); " +
      "Old card (0.1 GB of one seen at once)",
  );
});

test("without the program, and elsewhere than on Linux, none is told", async () => {
  const none = "none is needed: programs compute in float32, without shader-f16";
  expect(await gpuFeatures(recorded())).toEqual({ status: "info", detail: none });
  const mac = recorded({ platform: "darwin", programs: { vulkaninfo: text } });
  expect((await gpuFeatures(mac)).detail).toBe(none);
});
