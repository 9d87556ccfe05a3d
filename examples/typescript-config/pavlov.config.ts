// A config in TypeScript: the same options as in YAML, with an editor's help, and rewards written in place, whose columns
// are checked against the dataset's when it is compiled.
import { dataset, defineReward } from "@pavlov/core";
import { defineConfig } from "pavlov";
import { z } from "zod";

const rows = dataset(z.object({ prompt: z.string(), answer: z.string() }), "../quickstart/data/train.jsonl");

/** Half a point for the right last digit, so that near misses count for something. */
const lastDigit = defineReward({
  name: "last-digit",
  description: "0.5 if the completion's last digit is the answer's last digit, else 0.",
  columns: z.object({ answer: z.string() }),
  range: [0, 0.5],
  score({ completion, columns }) {
    const digit = completion.match(/\d/g)?.at(-1);
    return digit === columns.answer.at(-1) ? 0.5 : 0;
  },
});

export default defineConfig({
  model: "../../models/arithmetic",
  dataset: { path: rows.source },
  rewards: {
    correct: { use: "exact-answer" },
    format: { use: "think-answer", weight: 0.2 },
    last_digit: rows.use(lastDigit),
  },
  train: { perDeviceTrainBatchSize: 64, maxCompletionLength: 40, learningRate: 1e-4, maxSteps: 30 },
  evalDataset: { path: "../quickstart/data/heldout.jsonl", limit: 100 },
  evaluate: { success: ["correct", "format"] },
  output: "../../runs/typescript-config",
});
