// The quickstart's training, from code: the same rewards, data and options give the same metrics as
// `pavlov train examples/quickstart/pavlov.config.yaml`. Run it with: node examples/train-from-code.mjs [folder] [steps]
import { fileURLToPath } from "node:url";
import { compose, loadDataset, use } from "@pavlov/core";
import { exactAnswer, thinkAnswer } from "@pavlov/rewards";
import { GRPOTrainer } from "@pavlov/trainer";

const [folder = "runs/from-code", steps = "120"] = process.argv.slice(2);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const trainer = new GRPOTrainer({
  model: here("../models/arithmetic"),
  dataset: await loadDataset({ path: here("quickstart/data/train.jsonl") }),
  rewards: compose({ correct: use(exactAnswer), format: use(thinkAnswer, { weight: 0.2 }) }),
  config: { perDeviceTrainBatchSize: 128, maxCompletionLength: 40, learningRate: 1.5e-4, maxSteps: Number(steps) },
  output: folder,
  onEvent(event) {
    if (event.type === "step") console.log(event.step, event.metrics["rewards/correct/mean"]);
  },
});
const { output } = await trainer.train();
console.log(`The run is in ${output}.`);
