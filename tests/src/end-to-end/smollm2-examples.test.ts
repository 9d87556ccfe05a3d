import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { repository, runNode, runPavlovHere } from "./run-pavlov.test.fixture.js";

// Whole processes, that train.
vi.setConfig({ testTimeout: 180_000 });

let folder: string;
let model: string;
let data: string;
/** The bundled model stands in for SmolLM2, with a chat template and room for a system message. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-examples-"));
  model = join(folder, "model");
  data = join(folder, "rows.jsonl");
  const needed = /(^|[\\/])(arithmetic|[^\\/]*config\.json|tokenizer\.json|model\.safetensors)$/;
  await cp(join(repository, "models/arithmetic"), model, { recursive: true, filter: (path) => needed.test(path) });
  const config = JSON.parse(await readFile(join(model, "config.json"), "utf8")) as object;
  await writeFile(join(model, "config.json"), JSON.stringify({ ...config, max_position_embeddings: 512 }));
  await writeFile(join(model, "chat_template.jinja"), "{% for message in messages %}{{ message.content }}{% endfor %}");
  const rows = Array.from({ length: 8 }, (_, row) => ({ question: `${100 + row}+200=`, answer: `#### ${300 + row}` }));
  await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
});
afterAll(() => rm(folder, { recursive: true }));

interface Curve {
  readonly points: readonly { readonly reward: number; readonly rewards: object }[];
  readonly [key: string]: unknown;
}

const learn = async (example: string, ...args: readonly string[]) => {
  const record = join(folder, example);
  const { exitCode, stdout, stderr } = await runNode(
    "tests/dist/bench/learn.js",
    ...["--example", example, "--model", model, "--data", data, "--record", record],
    ...[
      "--output",
      join(folder, `${example}-run`),
      "--set",
      "train.maxSteps=2",
      "--set",
      "train.maxCompletionLength=8",
    ],
    ...args,
  );
  expect(stderr).toContain("step 2/2: reward");
  const curve = JSON.parse(await readFile(join(record, "curve.json"), "utf8")) as Curve;
  expect(await readFile(join(record, "curve.svg"), "utf8")).toContain("<polyline");
  return { exitCode, stdout, curve };
};

test("the example of 20 words can be run and records its curve, beside TRL's", async () => {
  const { exitCode, stdout, curve } = await learn("twenty-words");
  expect(curve.points).toHaveLength(2);
  expect(curve).toMatchObject({ example: "twenty-words", peer: { lastTen: -0.367 }, lastTen: expect.any(Number) });
  // One word is not twenty: nowhere near what TRL reached.
  expect(curve["lastTen"]).toBeLessThan(-0.9);
  expect(stdout).toMatch(/distance from TRL's -0\.367 .*MISSED/);
  expect(exitCode).toBe(1);
});

test("the example of several rewards trains an adapter and measures held-out rows before and after", async () => {
  const { exitCode, curve } = await learn("gsm8k", "--heldout", data, "--set", "evalDataset.limit=2");
  expect(Object.keys(curve.points[0]?.rewards ?? {})).toEqual(["correct", "ending", "sums"]);
  for (const when of ["before", "after"]) {
    expect(curve[when]).toMatchObject({ sampled: expect.any(Number), greedy: expect.any(Number) });
  }
  const adapter = await readFile(join(folder, "gsm8k-run/model/adapter_config.json"), "utf8");
  expect(JSON.parse(adapter)).toMatchObject({ r: 16, lora_alpha: 32 });
  expect(exitCode).toBe(0);
});

test("its rewards read GSM8K's answers, the asked ending and the sums on the way", async () => {
  const completions = join(folder, "completions.jsonl");
  const answer = "He has 4 + 8 = 12.\n#### 1,072";
  const texts = [
    "He has 3 * 4 = 12, then $1,200 + 5 = 1,205 and 7 - 2 = 4.\n#### 1072",
    "So it is 1,072.",
    "#### 12 dollars\nor so",
  ];
  await writeFile(completions, texts.map((completion) => `${JSON.stringify({ completion, answer })}\n`).join(""));
  const config = join(repository, "examples/smollm2-gsm8k/pavlov.config.yaml");
  const { stdout } = await runPavlovHere("score", config, "--completions", completions, "--json");
  const scores = stdout
    .trimEnd()
    .split("\n")
    .slice(0, texts.length)
    .map((line) => {
      const { rewards } = JSON.parse(line) as { rewards: Readonly<Record<string, { readonly score: number }>> };
      return Object.values(rewards).map(({ score }) => score);
    });
  // correct, ending, sums
  expect(scores).toEqual([
    [1, 1, 2 / 3],
    [1, 0, 0],
    [0, 0, 0],
  ]);
});
