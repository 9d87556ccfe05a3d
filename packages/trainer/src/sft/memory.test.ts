import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sftConfigSchema, type SFTConfigInput } from "./config.js";
import { sftMemory } from "./memory.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const GIGABYTE = 2 ** 30;

const memoryOf = (config: SFTConfigInput, bytes = 8 * GIGABYTE, kind: "onnxruntime" | "tfjs" = "onnxruntime") => {
  const options = { model, adapter: null, engine: { kind }, config: sftConfigSchema.parse(config) } as const;
  return sftMemory(options, () => ({ bytes, limit: "machine" }));
};

const rows = (count: number, prompt: number, completion: number) =>
  Array.from({ length: count }, () => ({
    promptIds: Array.from({ length: prompt }, () => 1),
    completionIds: Array.from({ length: completion }, () => 2),
  }));

test("a run is checked with its longest rows, and holds nothing for sampling or a reference", async () => {
  const check = await memoryOf({});
  const parts = check(rows(8, 16, 16))?.parts;
  expect(parts).toMatchObject({ weights: 4 * 799_872, moments: 8 * 799_872, rollout: 0, reference: 0 });
  expect(check(rows(8, 64, 16))?.needed).toBeGreaterThan(check(rows(8, 16, 16))?.needed ?? Number.POSITIVE_INFINITY);
  expect(check(rows(2, 16, 16))?.needed).toBeLessThan(check(rows(8, 16, 16))?.needed ?? 0);
});

test("a run that does not fit is refused with options of supervised training", async () => {
  const check = await memoryOf({ perDeviceTrainBatchSize: 64 }, GIGABYTE / 4);
  expect(() => check(rows(64, 20, 40))).toThrow(
    /^Training needs about \d\.\d\d GB of memory, and the machine has 0\.25/,
  );
  const hint = expect.stringMatching(/perDeviceTrainBatchSize: \d+ with .*maxLength: 30 saves/);
  expect(() => check(rows(64, 20, 40))).toThrow(expect.objectContaining({ hint }));
});

test("of an adapter alone gradients and moments are kept", async () => {
  const [adapter, all] = [await memoryOf({ lora: {} }), await memoryOf({})];
  expect(adapter(rows(1, 8, 8))?.parts.moments).toBeLessThan((all(rows(1, 8, 8))?.parts.moments ?? 0) / 4);
});

test("the engine tfjs, of which nothing is known, is not checked", async () => {
  expect((await memoryOf({}, 1, "tfjs"))(rows(1, 8, 8))).toBeNull();
});
