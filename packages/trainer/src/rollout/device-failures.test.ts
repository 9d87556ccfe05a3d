/** What sampling leaves on a device that fails at any of its uses, on the CPU's engine: nothing. */
import { expect, test } from "vitest";
import { createCountingEngine, failEverywhere, noMemory } from "../engine/counting-engine.test.fixture.js";
import { tinyModel, weightBuffers } from "../model/tiny-model.test.fixture.js";
import { createGenerator, type Completion } from "./generate.js";

test("frees its cache where a program fails, and samples the same afterwards", async () => {
  const counting = await createCountingEngine();
  const { config, parameters } = tinyModel();
  const weights = weightBuffers(counting.engine, parameters);
  const generator = createGenerator(counting.engine, config);
  // The second prompt's rows join those of the first; rows end at different times and leave.
  const request = { prompts: [[3, 4, 5], [6]], numGenerations: 2, maxCompletionLength: 8, seed: 3, step: 0 };
  const sample = async (): Promise<Completion[]> => {
    const one = await generator.generate(weights, { ...request, prompts: [request.prompts[0] as number[]] });
    return [...one, ...(await generator.generate(weights, request))];
  };
  const expected = await sample();
  expect(counting.live()).toBe(0);
  let sampled: Completion[] = [];
  const failures = await failEverywhere(
    counting,
    async () => void (sampled = await sample()),
    (use, error) => {
      expect(String(error)).toContain(noMemory);
      expect(counting.live(), `after a failure at use ${use}`).toBe(0);
    },
  );
  expect(failures).toBeGreaterThan(8);
  expect(sampled).toEqual(expected);
  expect(counting.live()).toBe(0);
  generator.dispose();
});
