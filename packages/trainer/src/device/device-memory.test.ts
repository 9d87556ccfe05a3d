/** The GPUs' memory as recorded machines tell it. */
import { expect, test } from "vitest";
import { usedDeviceBytes, watchDeviceMemory } from "./device-memory.js";
import { recorded } from "./doctor/sources.test.fixture.js";

const query = "nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits";
const card = (number: number): string => `/sys/class/drm/card${number}/device/mem_info_vram_used`;
const mebibyte = 2 ** 20;

test("NVIDIA's GPUs are told by its own program, AMD's by the kernel", async () => {
  expect(await usedDeviceBytes(recorded({ programs: { [query]: "512\n7\n" } }))).toEqual([
    512 * mebibyte,
    7 * mebibyte,
  ]);
  const files = { [card(0)]: "1048576\n", "/sys/class/drm/card1/device/vendor": "0x8086\n" };
  expect(await usedDeviceBytes(recorded({ files }))).toEqual([mebibyte]);
});

test("where nothing tells there is no number", async () => {
  expect(await usedDeviceBytes(recorded())).toEqual([]);
  expect(await usedDeviceBytes(recorded({ programs: { [query]: "[N/A]\n" } }))).toEqual([]);
  expect(await usedDeviceBytes(recorded({ programs: { [query]: "hung" } }))).toEqual([]);
  const watch = await watchDeviceMemory(recorded());
  await watch.look();
  expect(watch.stop()).toBeNull();
});

test("the most that was seen counts, on the GPU that took more", async () => {
  const programs = { [query]: "900\n10\n" };
  const watch = await watchDeviceMemory(recorded({ programs }));
  for (const used of ["905\n300\n", "900\n200\n"]) {
    programs[query] = used;
    await watch.look();
  }
  expect(watch.stop()).toBe(300 * mebibyte);
});
