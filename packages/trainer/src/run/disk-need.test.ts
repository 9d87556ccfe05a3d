import { expect, test } from "vitest";
import { diskNeed } from "./disk-need.js";

const options = { saveOnlyModel: false, saveTotalLimit: null };
const run = { parameters: 1000, saves: 5, resumed: false, options };

test("a run needs room for its model, and for the optimizer's two moments in each checkpoint", () => {
  expect(diskNeed(run)).toEqual({ bytes: 4000 + 5 * 12_000, checkpoints: 5 });
  expect(diskNeed({ ...run, saves: 0 })).toEqual({ bytes: 4000, checkpoints: 0 });
  expect(diskNeed({ ...run, movedReference: true }).bytes).toBe(4000 + 5 * 16_000);
  expect(diskNeed({ ...run, options: { ...options, saveOnlyModel: true } }).bytes).toBe(4000 + 5 * 4000);
});

test("with saveTotalLimit one checkpoint more stands before the oldest is removed", () => {
  const limited = { ...run, options: { ...options, saveTotalLimit: 2 } };
  expect(diskNeed(limited).checkpoints).toBe(3);
  expect(diskNeed({ ...limited, saves: 2 }).checkpoints).toBe(2);
  expect(diskNeed({ ...limited, resumed: true }).checkpoints).toBe(2);
});
