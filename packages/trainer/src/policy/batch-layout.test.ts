import { describe, expect, test } from "vitest";
import { layOutBatch, paddedLength } from "./batch-layout.js";

describe("paddedLength", () => {
  test("rounds up in steps of 8 and wastes at most an eighth of long rows", () => {
    expect([0, 1, 8, 9, 40, 64, 65, 200, 257].map(paddedLength)).toEqual([8, 8, 8, 16, 40, 64, 80, 224, 320]);
  });
});

describe("layOutBatch", () => {
  const rows = [
    { promptIds: [5, 6, 7], completionIds: [8, 9], advantage: 0.5, oldLogProbabilities: [-1, -2] },
    { promptIds: [4], completionIds: [3, 2, 1], advantage: -0.5, oldLogProbabilities: [-3, -4, -5], masked: true },
  ];
  const batch = layOutBatch(rows, 99);

  test("pads prompts on the left and completions on the right", () => {
    expect(batch.shape).toEqual({ rows: 2, promptTokens: 8, completionTokens: 8 });
    expect([...batch.ids.subarray(0, 16)]).toEqual([99, 99, 99, 99, 99, 5, 6, 7, 8, 9, 99, 99, 99, 99, 99, 99]);
    expect([...batch.ids.subarray(16)]).toEqual([99, 99, 99, 99, 99, 99, 99, 4, 3, 2, 1, 99, 99, 99, 99, 99]);
  });

  test("counts positions from each row's first real token", () => {
    expect([...batch.positions.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0]);
    expect([...batch.keyMask.subarray(16)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
  });

  test("counts no token of a masked row", () => {
    expect([...batch.completionMask]).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("lays per-token values beside the completion's tokens", () => {
    expect([...(batch.values.oldLogProbabilities ?? [])].slice(0, 11)).toEqual([-1, -2, 0, 0, 0, 0, 0, 0, -3, -4, -5]);
    expect(batch.values.referenceLogProbabilities).toBeUndefined();
    expect([...batch.advantages]).toEqual([0.5, -0.5]);
  });

  test("refuses rows that lack what others have", () => {
    expect(() => layOutBatch([rows[0]!, { promptIds: [1], completionIds: [2] }], 0)).toThrow(
      "Row 1 has no oldLogProbabilities for 1 tokens.",
    );
  });
});
