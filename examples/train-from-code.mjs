// The quickstart's training, from code: the same rewards, data and options give the same metrics as
// `pavlov train examples/quickstart/pavlov.config.yaml`. Run it with: node examples/train-from-code.mjs [folder] [steps]
import { compose, loadDataset, use } from "@pavlov/core";
import { exactAnswer, thinkAnswer } from "@pavlov/rewards";
import { GRPOTrainer } from "@pavlov/trainer";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const maxSteps = Number(process.argv[3] ?? 150);
const trainer = new GRPOTrainer({
  model: here("../models/arithmetic"),
  dataset: await loadDataset({ path: here("quickstart/data/train.jsonl") }),
  rewards: compose({ correct: use(exactAnswer), format: use(thinkAnswer, { weight: 0.2 }) }),
  config: { perDeviceTrainBatchSize: 128, maxCompletionLength: 40, learningRate: 1.5e-4, maxSteps },
  output: process.argv[2] ?? "runs/from-code",
  onEvent(event) {
    if (event.type === "step") console.log(event.step, event.metrics["rewards/correct/mean"]);
  },
});
const { output } = await trainer.train();
console.log(`The run is in ${output}.`);
