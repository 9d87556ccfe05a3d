// Rebuilds the arithmetic model: writes its data, tokenizer and configuration, warms it up with `pavlov sft` from
// random weights, and puts the weights beside this file. Run it from anywhere, after `npm install && npm run build`:
//
//   node models/arithmetic/build.mjs               # everything; some minutes on two cores
//   node models/arithmetic/build.mjs --data-only   # the problems, the tokenizer and the configuration
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  answerOf,
  demonstrate,
  distinctProblems,
  promptOf,
  randomNumbers,
  randomProblem,
  splitOperands,
} from "./problems.mjs";
import { generationConfig, modelConfig, tokenizer, tokenizerConfig } from "./tokenizer.mjs";
import { untrainedWeights } from "./untrained.mjs";

const DEMONSTRATIONS = 1_600 * 64;
const TRAINING_PROBLEMS = 4_000;
const HELD_OUT_PROBLEMS = 200;

const repository = fileURLToPath(new URL("../../", import.meta.url));
const here = `${repository}models/arithmetic`;
const quickstart = `${repository}examples/quickstart/data`;

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

function writeRows(path, rows) {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

function writeData() {
  const operands = splitOperands(1);
  const random = randomNumbers(2);
  const demonstrations = Array.from({ length: DEMONSTRATIONS }, () => {
    const problem = randomProblem(operands.training, random);
    return { prompt: promptOf(problem), completion: demonstrate(problem, random), answer: answerOf(problem) };
  });
  const question = (problem) => ({ prompt: promptOf(problem), answer: answerOf(problem) });
  mkdirSync(`${here}/data`, { recursive: true });
  mkdirSync(quickstart, { recursive: true });
  writeRows(`${here}/data/sft.jsonl`, demonstrations);
  writeRows(
    `${quickstart}/train.jsonl`,
    distinctProblems(TRAINING_PROBLEMS, operands.training, randomNumbers(3)).map(question),
  );
  writeRows(
    `${quickstart}/heldout.jsonl`,
    distinctProblems(HELD_OUT_PROBLEMS, operands.heldOut, randomNumbers(4)).map(question),
  );
}

function writeModelFiles(folder) {
  mkdirSync(folder, { recursive: true });
  writeJson(`${folder}/config.json`, modelConfig());
  writeJson(`${folder}/generation_config.json`, generationConfig());
  writeJson(`${folder}/tokenizer.json`, tokenizer());
  writeJson(`${folder}/tokenizer_config.json`, tokenizerConfig());
}

function warmUp() {
  const run = mkdtempSync(join(tmpdir(), "arithmetic-"));
  const command = [`${repository}packages/cli/bin/pavlov.js`, "sft", `${here}/sft.config.yaml`, "--output", run];
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync(join(run, "model", "model.safetensors"), `${here}/model.safetensors`);
  rmSync(run, { recursive: true });
}

writeData();
writeModelFiles(here);
writeModelFiles(`${here}/untrained`);
writeFileSync(`${here}/untrained/model.safetensors`, untrainedWeights(modelConfig(), 5));
if (!process.argv.includes("--data-only")) warmUp();
