import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { repository, runPavlov, runPavlovHere, type Ended } from "./run-pavlov.test.fixture.js";

// Several whole processes in a test.
vi.setConfig({ testTimeout: 180_000 });

const model = join(repository, "models/arithmetic");
/** What the program that times TRL prints too. */
const sharedKeys = [
  ...["peer", "dtype", "generations", "prompts", "new", "lora", "step_s", "generate_s", "generate_tok_s", "tok_s"],
  ...["steps", "loss", "reward", "peak_rss_gb"],
];
const partKeys = [
  ...["device", "transfer_s", "rest_s", "to_device_mb", "from_device_mb", "crossings", "load_s", "save_s", "device_mb"],
  ...["drift", "dropped", "pass", "micro"],
  ...["score_s", "train_s", "optimizer_s", "refresh_s", "precision", "engine", "threads", "cpu"],
];

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-bench-"));
  data = await write(
    "rows.jsonl",
    Array.from({ length: 8 }, (_, row) => ({ question: `${100 + row}+200=`, answer: `It is\n#### ${300 + row}` })),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, rows: readonly unknown[]): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};

const few = ["--generations", "2", "--new", "6", "--steps", "3"];
const bench = (...args: readonly string[]): Promise<Ended> => runPavlovHere("bench", ...few, ...args);

interface Figures {
  readonly [key: string]: unknown;
  readonly steps: readonly number[];
  readonly step_s: number;
}

const figuresOf = ({ stdout }: Ended): Figures => {
  const [line = "", ...rest] = stdout.trimEnd().split("\n");
  expect(rest).toEqual([]);
  return JSON.parse(line) as Figures;
};

describe("pavlov bench", () => {
  test("prints one line with the keys of the program that times TRL, and the parts of a step", async () => {
    const ended = await runPavlov("bench", ...few, "--model", model, "--data", data, "--prompts", "2", "--json");
    const figures = figuresOf(ended);
    expect(Object.keys(figures)).toEqual(expect.arrayContaining([...sharedKeys, ...partKeys]));
    expect(figures).toMatchObject({ peer: "pavlov", dtype: "float32", precision: "float32" });
    expect(figures).toMatchObject({ generations: 2, prompts: 2, new: 6, lora: 0, micro: 4 });
    for (const list of ["steps", "loss", "reward"]) expect(figures[list]).toHaveLength(3);
    for (const part of ["generate_s", "train_s", "optimizer_s", "generate_tok_s", "tok_s", "peak_rss_gb"]) {
      expect(figures[part]).toBeGreaterThan(0);
    }
    const [, second = NaN, third = NaN] = figures.steps;
    expect(figures.step_s).toBeCloseTo((second + third) / 2, 1);
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toBe("");
  });

  test("tells how it goes and draws a table on standard error, where it was not asked for JSON alone", async () => {
    const ended = await bench("--model", model, "--data", data, "--threads", "1");
    expect(figuresOf(ended)).toMatchObject({ threads: 1 });
    for (const part of ["step 3/3", "generating", "training", "optimizer", "peak memory"]) {
      expect(ended.stderr).toContain(part);
    }
    const quiet = await bench("--model", model, "--data", data, "--quiet");
    expect(figuresOf(quiet)).toMatchObject({ peer: "pavlov" });
    expect(quiet.stderr).toBe("");
  });

  test("asks as in a conversation where the model has a chat template", async () => {
    const chat = join(folder, "chat");
    await cp(model, chat, { recursive: true, filter: (path) => !/untrained|data|mjs$/.test(path) });
    await writeFile(
      join(chat, "chat_template.jinja"),
      "{% for message in messages %}{{ message.content }}{% endfor %}",
    );
    const plain = await bench("--model", model, "--data", data);
    const asked = await bench("--model", chat, "--data", data);
    expect(plain.stderr).toContain("no chat template");
    expect(asked.stderr).not.toContain("no chat template");
    // The template adds nothing, so the prompts and with them all completions are the same.
    expect(figuresOf(asked)["reward"]).toEqual(figuresOf(plain)["reward"]);
  });

  test("samples in 8 bits, with an adapter and layer by layer, and tells how far that lies from training", async () => {
    // Long enough for rewards to differ: where they do not, nothing is trained and nothing compared.
    const ways = [
      ...["--precision", "int8", "--lora", "4", "--pass", "layered", "--checkpointing"],
      ...["--generations", "4", "--prompts", "2", "--new", "40"],
    ];
    const figures = figuresOf(await bench("--model", model, "--data", data, "--json", ...ways));
    expect(figures).toMatchObject({ precision: "int8", lora: 4, pass: "layered", checkpointing: true });
    for (const figure of ["refresh_s", "drift"]) expect(figures[figure]).toBeGreaterThan(0);
    expect(figures["dropped"]).toBeLessThan(1);
  });

  test("times saving where it is asked to, and leaves nothing behind", async () => {
    vi.stubEnv("TMPDIR", folder);
    const before = await readdir(folder);
    const figures = figuresOf(await bench("--model", model, "--data", data, "--json", "--device", "cpu", "--save"));
    expect(figures["save_s"]).toBeGreaterThan(0);
    expect(figures["load_s"]).toBeGreaterThan(0);
    for (const figure of ["transfer_s", "to_device_mb", "crossings", "device_mb"]) expect(figures[figure]).toBeNull();
    expect(await readdir(folder)).toEqual(before);
    vi.unstubAllEnvs();
  });

  test("makes every completion as long as it was told", async () => {
    // The model ends its answers before 40 tokens where it may; the seconds are rounded.
    const figures = figuresOf(await bench("--model", model, "--data", data, "--new", "40", "--json"));
    const tokens = (figures["generate_tok_s"] as number) * (figures["generate_s"] as number);
    expect(Math.abs(tokens - 80)).toBeLessThan(2);
  });

  test("micro-batches give the same loss as one pass over the step", async () => {
    const whole = figuresOf(await bench("--model", model, "--data", data, "--prompts", "2", "--lr", "0", "--json"));
    const split = figuresOf(
      await bench("--model", model, "--data", data, "--prompts", "2", "--lr", "0", "--micro", "2", "--json"),
    );
    expect(split).toMatchObject({ micro: 2, reward: whole["reward"] });
    const losses = split["loss"] as readonly number[];
    (whole["loss"] as readonly number[]).forEach((loss, step) => expect(losses[step]).toBeCloseTo(loss, 5));
  });
});

describe("bad input to pavlov bench", () => {
  const refused = async (code: number, message: RegExp, ...args: readonly string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await bench(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at |not foreseen/m);
    expect([exitCode, stdout]).toEqual([code, ""]);
  };

  test("a model that is not there", () =>
    refused(1, /^error: There is no model folder nowhere\./, "--model", "./nowhere", "--data", data));

  test("data that is not there, or lacks a column, or holds too few rows", async () => {
    await refused(1, /^error: Dataset nothing\.jsonl does not exist/, "--model", model, "--data", "nothing.jsonl");
    const noQuestion = await write("no-question.jsonl", [{ prompt: "1+1=", answer: "2" }]);
    await refused(1, /^error: .*no-question.jsonl has no column "question"/, "--model", model, "--data", noQuestion);
    const noAnswer = await write("no-answer.jsonl", [{ question: "1+1=" }]);
    await refused(1, /^error: .*needs column "answer".*no-answer/, "--model", model, "--data", noAnswer);
    const one = await write("one.jsonl", [{ question: "1+1=", answer: "2" }]);
    await refused(
      1,
      /^error: .*has 1 row, and --prompts asks for 2/,
      "--model",
      model,
      "--data",
      one,
      "--prompts",
      "2",
    );
  });

  test("numbers that make no benchmark", async () => {
    const given = ["--model", model, "--data", data];
    await refused(2, /^error: option '--steps <number>' argument '1' is invalid/, ...given, "--steps", "1");
    await refused(2, /^error: option '--generations <number>' argument '1' is/, ...given, "--generations", "1");
    await refused(2, /^error: option '--precision <kind>' argument 'int3' is/, ...given, "--precision", "int3");
    await refused(1, /^error: --micro 3 does not divide the 2 completions/, ...given, "--micro", "3");
    await refused(2, /^error: required option '--data <file or id>' not specified/, "--model", model);
  });
});

test("the program that times TRL prints the same keys", async () => {
  const source = await readFile(join(repository, "tests/python/bench_trl.py"), "utf8");
  for (const key of sharedKeys) expect(source).toContain(`"${key}":`);
});
