/** The correction inside the training pass against the road of two passes: old log-probabilities, then ratios. */
import { expect, test } from "vitest";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { importanceSampling } from "../grpo/importance-sampling.js";
import { accumulated, grpoLoss, passesOf, ROWS } from "./layered/passes.test.fixture.js";
import type { TokenRow } from "./protocol.js";

const options = { mode: "sequence_truncate", clipMin: null, clipMax: 1.5 } as const;

test.each(["whole", "layered"] as const)(
  "the %s pass corrects as with ratios that were computed before",
  async (which) => {
    const engine = await createOnnxRuntimeEngine({ threads: 1 });
    const { [which]: pass, weights } = passesOf(engine, { num_hidden_layers: 1 });
    const rows = ROWS.map(({ promptIds, completionIds, advantage = 0, masked = false }, index): TokenRow => ({
      promptIds,
      completionIds,
      advantage,
      masked,
      samplingLogProbabilities: completionIds.map((id, at) => -2.5 - ((id + at + index) % 5) / 4),
    }));
    const old = await pass.logProbabilities({ rows, temperature: 1 }, weights);
    const { ratios } = importanceSampling(
      rows.map(({ completionIds, masked, samplingLogProbabilities = [] }, index) => ({
        oldLogProbabilities: old[index] as Float32Array,
        samplingLogProbabilities,
        mask: completionIds.map(() => (masked === true ? 0 : 1)),
      })),
      options,
    );
    const corrected = rows.map((row, index) => ({
      ...row,
      oldLogProbabilities: old[index] as Float32Array,
      importanceRatio: ratios[index] as Float32Array,
    }));
    const expected = await accumulated(pass, weights, { rows: corrected, loss: grpoLoss() });
    const actual = await accumulated(pass, weights, { rows, loss: grpoLoss(), correction: options });
    expect(new Set(ratios.map((row) => row[0])).size).toBeGreaterThan(1);
    expect(actual.loss).toBeCloseTo(expected.loss, 5);
    for (const [name, values] of Object.entries(expected.gradients ?? {})) {
      values.forEach((value, index) => expect(actual.gradients?.[name]?.[index]).toBeCloseTo(value, 4));
    }
    engine.dispose();
  },
);
