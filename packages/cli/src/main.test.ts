// Runs the built command as its users do: every mistake ends with one clear sentence, the right exit code and no stack.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runHere, runProcess, type Outcome } from "./run-here.test.fixture.js";

const bin = fileURLToPath(new URL("../bin/pavlov.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pavlov-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pavlov = (...args: readonly string[]): Promise<Outcome> => runHere(folder, args);
/** For what begins or ends with the process. */
const pavlovProcess = (...args: readonly string[]): Promise<Outcome> => runProcess(folder, args);

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

file("good.jsonl", '{"prompt":"1+1=","answer":"2"}\n{"prompt":"1+2=","answer":"3"}\n');
file("solutions.jsonl", '{"prompt":"1+1=","solution":"2"}\n');
file("empty.jsonl", "");
file("broken.jsonl", '{"prompt":"1+1=","answer":"2"}\n{"prompt": oops}\n');
file(
  "completions.jsonl",
  '{"completion":"<think>1</think><answer>2</answer>","answer":"2"}\n{"completion":"3","answer":"2"}\n',
);

function config(name: string, changes: Readonly<Record<string, string>> = {}): string {
  const lines = {
    model: "./model",
    dataset: "{ path: good.jsonl }",
    rewards: "{ correct: { use: exact-answer }, format: { use: think-answer, weight: 0.2 } }",
    output: "./out",
    ...changes,
  };
  return file(
    name,
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(""),
  );
}

const good = config("good.yaml");

mkdirSync(join(folder, "half"));
for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) file(`half/${name}`, "{}");

/** Lets rewards of the folder import the core. */
function linkCore(): void {
  mkdirSync(join(folder, "node_modules/@pavlov"), { recursive: true });
  const link = join(folder, "node_modules/@pavlov/core");
  if (!existsSync(link)) symlinkSync(fileURLToPath(new URL("../../core", import.meta.url)), link, "junction");
}

/** A config whose reward writes on standard output, inside this process or in a worker of its own. */
function talkative(isolate: boolean): string {
  linkCore();
  file(
    "talks.mjs",
    [
      'import { defineReward } from "@pavlov/core";',
      'export const talks = defineReward({ name: "talks", description: "Prints.", range: [0, 1],',
      '  score() { console.log("hello from the reward"); process.stdout.write("{}\\n"); return 1; } });',
    ].join("\n"),
  );
  return config(`talks-${isolate}.yaml`, { rewards: `{ talks: { use: ./talks.mjs#talks, isolate: ${isolate} } }` });
}

describe("the command line itself", () => {
  test("--help is no mistake", async () => {
    const { code, stdout, stderr } = await pavlovProcess("train", "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("$ pavlov train");
  });
  test("--version prints the version", async () => {
    expect((await pavlovProcess("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
  test("what it does not know is a usage error", async () => {
    const { code, stdout, stderr } = await pavlovProcess("trian");
    expect(stderr).toBe("error: unknown command 'trian'\n(Did you mean train?)\n");
    expect([code, stdout]).toEqual([2, ""]);
  });
});

describe("bad input ends with one sentence and exit code 1", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["a missing config", ["train", "nowhere.yaml"], "error: Config file nowhere.yaml does not exist"],
    [
      "a config typo",
      ["train", config("typo.yaml", { train: "{ num_generations: 4 }" })],
      'error: typo.yaml:5:10: unknown option "num_generations" in train. Did you mean "numGenerations"?',
    ],
    [
      "numGenerations 1",
      ["train", config("one.yaml", { train: "{ numGenerations: 1 }" })],
      "error: one.yaml:5:26: train.numGenerations: numGenerations is 1",
    ],
    [
      "a missing dataset",
      ["train", config("nodata.yaml", { dataset: "{ path: missing.jsonl }" })],
      "error: Dataset missing.jsonl does not exist",
    ],
    [
      "an empty dataset",
      ["train", config("empty.yaml", { dataset: "{ path: empty.jsonl }" })],
      "error: Dataset empty.jsonl has no rows",
    ],
    [
      "a malformed row",
      ["train", config("broken.yaml", { dataset: "{ path: broken.jsonl }" })],
      "error: broken.jsonl:2:12: not valid JSON",
    ],
    [
      "a column that the dataset lacks",
      ["train", config("column.yaml", { dataset: "{ path: solutions.jsonl }" })],
      "Map it: columns: { answer: solution }",
    ],
    [
      "an unknown reward",
      ["config", config("reward.yaml", { rewards: "{ correct: { use: exact-anwser } }" })],
      'Did you mean "exact-answer"?',
    ],
    [
      "a success that names no reward",
      ["train", good, "--set", "evaluate.success=[corect]"],
      'names "corect", which is none of the rewards (correct, format). Did you mean "correct"?',
    ],
    ["a --set path that is none", ["train", good, "--set", "train.learnigRate=1"], 'Did you mean "learningRate"?'],
    ["a missing model", ["train", good], "error: good.yaml:1:8: There is no model folder model."],
    ["a model option without a model", ["train", good, "--model", "./x"], "error: There is no model folder x."],
    [
      "a model without all files of its tokenizer",
      ["train", config("half.yaml", { model: "half" })],
      "error: half.yaml:1:8: half is not a model: it has no tokenizer_config.json.",
    ],
    [
      "evaluation by steps without held-out rows",
      ["train", config("steps.yaml", { train: "{ evalStrategy: steps }" })],
      "error: steps.yaml:5:10: evalStrategy: steps evaluates held-out rows, but there is no evalDataset.",
    ],
    [
      "evaluation on start without held-out rows",
      ["train", config("start.yaml", { train: "{ maxSteps: 3, evalOnStart: true }" })],
      "error: start.yaml:5:23: evalOnStart evaluates held-out rows, but there is no evalDataset.",
    ],
    [
      "normalizing each reward where an expression combines them",
      [
        "train",
        config("gdpo.yaml", {
          train: "{ multiObjectiveAggregation: normalize_then_sum }",
          rewards: "{ correct: { use: exact-answer }, format: { use: think-answer } }",
          combine: "correct * format",
        }),
      ],
      "error: gdpo.yaml:5:10: multiObjectiveAggregation: normalize_then_sum normalizes each reward before adding",
    ],
    [
      "an engine that does not compute on the device",
      ["config", config("tfjs.yaml", { device: "webgpu", engine: "{ kind: tfjs }" })],
      "error: tfjs.yaml:6:11: engine.kind is tfjs, but device is webgpu.\nhint:  Leave one of them out",
    ],
    [
      "a device of the command line that the engine does not compute on",
      ["train", config("tfjs-only.yaml", { engine: "{ kind: tfjs }" }), "--device", "cuda"],
      "error: tfjs-only.yaml:5:11: engine.kind is tfjs, but device is cuda.",
    ],
    [
      "rollouts in 8 bits on a device that has none",
      ["config", config("int8.yaml", { device: "cuda", train: "{ rollout: { precision: int8 } }" })],
      "error: int8.yaml:6:21: rollout.precision is int8, which the device cuda does not have",
    ],
    ["missing completions", ["score", good, "--completions", "none.jsonl"], "none.jsonl: there is no such file."],
  ];
  test.each(cases)("%s", async (_, args, message) => {
    const { code, stderr } = await pavlov(...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr.split("error:")).toHaveLength(2);
    expect(code).toBe(1);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
  test.each(["config", "train"])("in a process of its own, where that is pavlov %s", async (command) => {
    const { code, stdout, stderr } = await pavlovProcess(command, "nowhere.yaml");
    expect(stderr).toMatch(/^error: Config file nowhere\.yaml does not exist[^\n]*\n(hint: [^\n]+\n)?$/);
    expect([code, stdout]).toEqual([1, ""]);
  });
  test("--debug shows where it happened", async () => {
    expect((await pavlovProcess("train", "nowhere.yaml", "--debug")).stderr).toMatch(/^\s+at /m);
  });
});

describe("what works without a model", () => {
  test("score prints each reward's score and reason, and the means", async () => {
    const { code, stdout } = await pavlovProcess("score", good, "--completions", "completions.jsonl");
    expect(code).toBe(0);
    expect(stdout).toContain("1. 1.200  <think>1</think><answer>2</answer>");
    expect(stdout).toContain('"3" from the last number differs from "2"');
    expect(stdout).toContain("Mean of 2 completions: 0.600  correct 0.500  format 0.500");
  });
  test("score --json prints an object for each completion and nothing else", async () => {
    const { stdout } = await pavlov("score", good, "--completions", "completions.jsonl", "--json");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ index: 0, total: 1.2, rewards: { correct: { score: 1 }, format: { score: 1 } } });
  });
  test("score takes a config that names no model, which train refuses", async () => {
    const rewards = "rewards: { correct: { use: exact-answer } }\n";
    const name = file("scoring.yaml", `dataset: { path: good.jsonl }\n${rewards}`);
    const { code, stdout } = await pavlov("score", name, "--completions", "completions.jsonl");
    expect(stdout).toContain("Mean of 2 completions: 0.500");
    expect(code).toBe(0);
    expect((await pavlov("train", name)).stderr).toContain("model is missing");
  });
  test("score --explain shows whole completions, the columns that rewards read and how totals come about", async () => {
    const { code, stdout } = await pavlov("score", good, "--completions", "completions.jsonl", "--explain");
    expect(code).toBe(0);
    expect(stdout).toContain(
      "1 of 2  total 1.200\n  completion  <think>1</think><answer>2</answer>\n  answer      2\n",
    );
    expect(stdout).toContain("  format      1.000 × 0.2 = 0.200  (think-answer)\n");
    expect(stdout).toContain("  total       1.000 + 0.200 = 1.200\n");
    const rows = await pavlov("score", good, "--completions", "completions.jsonl", "--explain", "--json");
    expect(JSON.parse(rows.stdout.split("\n")[0] ?? "")).toMatchObject({
      rewards: { correct: { weight: 1, contribution: 1 }, format: { weight: 0.2, contribution: 0.2 } },
    });
  });
  test.each([false, true])(
    "score --json keeps what rewards print off standard output (isolated: %s)",
    async (isolate) => {
      const { code, stdout, stderr } = await pavlovProcess(
        "score",
        talkative(isolate),
        "--completions",
        "completions.jsonl",
        "--json",
      );
      const lines = stdout.trimEnd().split("\n");
      expect(lines.map((line) => (JSON.parse(line) as { total: number }).total)).toEqual([1, 1]);
      expect(stderr.match(/hello from the reward\n/g)).toHaveLength(2);
      expect(code).toBe(0);
    },
  );
  test("score keeps results of cacheable rewards beside the config, and asks again with --no-cache", async () => {
    const name = config("costly.yaml", { rewards: "{ costly: { use: ./costly.mjs } }" });
    linkCore();
    file(
      "costly.mjs",
      `import { defineReward } from "@pavlov/core";
      export const costly = defineReward({ name: "costly", description: "Costs.", range: [0, 1], cacheable: true,
        score: () => ({ score: 1, usage: { cost: 0.25 } }) });\n`,
    );
    const score = async (...options: readonly string[]) =>
      (await pavlov("score", name, "--completions", "completions.jsonl", ...options)).stdout
        .trimEnd()
        .split("\n")
        .at(-1);
    expect(await score("--no-cache")).toBe("costly used: cost 0.5");
    expect(existsSync(join(folder, ".pavlov"))).toBe(false);
    expect(await score()).toBe("costly used: cost 0.5");
    expect(await score()).toBe("costly used: 2 from the cache");
    expect(readdirSync(join(folder, ".pavlov", "cache", "rewards"))).toContain(".gitignore");
    expect(await score("--no-cache")).toBe("costly used: cost 0.5");
  });
  test("score measures text that comes without token ids, and says so where tokens are to be counted", async () => {
    const measured = (unit: string) => {
      const reward = `{ use: length, params: { unit: ${unit} } }`;
      const near = `{ use: target-length, params: { unit: ${unit}, ideal: 3 } }`;
      const name = config(`${unit}.yaml`, { rewards: `{ long: ${reward}, near: ${near} }` });
      return pavlov("score", name, "--completions", file("plain.jsonl", '{"completion":"a short answer"}\n'));
    };
    expect((await measured("characters")).stdout).toContain("long 14.000  near -11.000");
    expect((await measured("words")).stdout).toContain("long 3.000  near 0.000");
    expect(await measured("tokens")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        'error: Reward "long" failed on sample 0 (group "0"): The unit is "tokens", but these completions come ' +
        'without token ids: use "characters" or "words".\n',
    });
  });
  test("config --print prints a config that is valid again and says the same", async () => {
    const first = await pavlovProcess("config", "--print", good, "--set", "train.maxSteps=7");
    expect(first.stdout).toContain("maxSteps: 7");
    const second = await pavlov("config", "--print", file("printed.yaml", first.stdout));
    expect(second.stdout).toBe(first.stdout);
  });
  test("config takes a config without a model, and says what it is good for", async () => {
    const bare = file("bare.yaml", "dataset: { path: good.jsonl }\nrewards: { correct: { use: exact-answer } }\n");
    expect(await pavlov("config", bare)).toEqual({
      code: 0,
      stdout:
        "bare.yaml is a valid config for score and audit; train and eval need a model. Rewards: correct (exact-answer).\n",
      stderr: "",
    });
    const printed = await pavlov("config", "--print", bare);
    expect((await pavlov("config", "--print", file("bare-printed.yaml", printed.stdout))).stdout).toBe(printed.stdout);
    expect((await pavlov("config", good)).stdout).toBe(
      "good.yaml is a valid config. Rewards: correct (exact-answer), format (think-answer) × 0.2.\n",
    );
  });
  test("a reader that goes away ends the command without a word", async () => {
    const rows = Array.from({ length: 3000 }, () => '{"completion":"<answer>2</answer>","answer":"2"}');
    const many = file("many.jsonl", `${rows.join("\n")}\n`);
    const outcome = await new Promise<{ code: number; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        [bin, "score", good, "--completions", many],
        { cwd: folder },
        (error, _, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stderr });
        },
      );
      child.stdout?.once("data", () => child.stdout?.destroy());
    });
    expect(outcome).toEqual({ code: 0, stderr: "" });
  });
  test("a reader that goes away ends help without a word", async () => {
    const outcome = await new Promise<{ code: number; stderr: string }>((resolve) => {
      const child = execFile(process.execPath, [bin, "train", "--help"], { cwd: folder }, (error, _, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stderr });
      });
      child.stdout?.destroy();
    });
    expect(outcome).toEqual({ code: 0, stderr: "" });
  });
  test("nothing that failed left a run behind", () => {
    expect(readdirSync(folder).filter((name) => name.startsWith("out"))).toEqual([]);
  });
});
