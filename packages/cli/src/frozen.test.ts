// Runs the built command as teams do: lock, commit, and have everything else refused.
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runOf } from "./frozen.js";
import { runHere, runProcess } from "./run-here.test.fixture.js";

const model = fileURLToPath(new URL("../../../models/arithmetic", import.meta.url));
let folder: string;

const files = {
  "package.json": '{ "type": "module" }',
  "rewards/brief.mjs": `import { limit } from "./limit.mjs";
    const schema = { "~standard": {
      version: 1, vendor: "tests", validate: (value) => ({ value }),
      jsonSchema: { input: () => ({ type: "object", properties: {} }), output: () => ({ type: "object", properties: {} }) },
    } };
    export const brief = {
      name: "brief", description: "1 if brief.", columns: schema, params: schema, reads: [], readsIfPresent: [],
      scope: "sample", deterministic: true, cacheable: false, env: [], envIfPresent: [], needs: [],
      range: () => [0, 1], score: ({ completion }) => (completion.length <= limit ? 1 : 0),
    };`,
  "rewards/limit.mjs": "export const limit = 9;",
  "data.jsonl": '{"prompt":"1+1=","answer":"2"}\n',
  "completions.jsonl": '{"completion":"2","answer":"2"}\n',
  "pavlov.config.yaml": `model: ${model}
dataset: { path: data.jsonl }
rewards:
  correct: { use: exact-answer }
  brief: { use: ./rewards/brief.mjs, weight: 0.2 }
train: { perDeviceTrainBatchSize: 2, numGenerations: 2, maxCompletionLength: 4, maxSteps: 1 }
output: run
`,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-frozen-"));
  for (const [path, text] of Object.entries(files)) await write(path, text);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function pavlov(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await runHere(folder, args);
  return { code, text: stdout + stderr };
}

const score = ["score", "--completions", "completions.jsonl", "--frozen", "--quiet"];

test("what is locked is accepted, and a changed file of a reward refused, until it is locked too", async () => {
  const nothing = await pavlov("train", "--frozen");
  expect(nothing).toEqual({
    code: 1,
    text:
      "error: --frozen has nothing to compare the rewards with: there is no pavlov.lock.json, and no record of a run in " +
      "run.\nhint:  Write it with pavlov lock pavlov.config.yaml, and commit it.\n",
  });
  expect(await pavlov("lock")).toEqual({
    code: 0,
    text: expect.stringMatching(
      /^pavlov\.lock\.json: written\. exact-answer of @pavlov\/rewards@\d\S*; brief of rewards\/brief\.mjs\.\n$/,
    ),
  });
  expect(await runProcess(folder, ["lock", "--check"])).toMatchObject({ code: 0 });
  expect(await pavlov(...score)).toMatchObject({ code: 0 });

  await write("rewards/limit.mjs", "export const limit = 8;");
  const changed = 'Reward "brief" is rewards/brief.mjs#brief as before, but the file, or one that it imports, holds';
  const refusal = `error: The rewards are not those of pavlov.lock.json:
  ${changed} something else.
hint:  Accept the rewards as they are with pavlov lock pavlov.config.yaml, and commit pavlov.lock.json.
`;
  for (const args of [["train", "--frozen"], ["eval", "--frozen"], ["lock", "--check"], score]) {
    expect(await pavlov(...args)).toEqual({ code: 1, text: refusal });
  }
  const relocked = await pavlov("lock");
  expect(relocked.text).toContain(`written anew. exact-answer of`);
  expect(relocked.text).toContain(`  ${changed} something else.\n`);
  expect(await pavlov("lock", "--check")).toMatchObject({ code: 0 });
});

test("what is set on the command line counts, and the hint repeats it", async () => {
  const { code, text } = await pavlov(...score, "--set", "rewards.correct.weight=2");
  expect(code).toBe(1);
  expect(text).toContain('Reward "correct": weight was 1 and is 2.');
  expect(text).toContain("pavlov lock pavlov.config.yaml --set rewards.correct.weight=2, and commit");
});

test("without a lock file the run in the output folder counts; with --resume it counts too", async () => {
  const trained = await pavlov("train", "--frozen", "--quiet");
  expect(trained).toMatchObject({ code: 0 });
  const record = JSON.parse(await readFile(join(folder, "run/config.json"), "utf8")) as { rewards: unknown };
  const lock = JSON.parse(await readFile(join(folder, "pavlov.lock.json"), "utf8")) as { rewards: unknown };
  expect(record.rewards).toEqual(lock.rewards);

  await write("rewards/limit.mjs", "export const limit = 7;");
  await cp(join(folder, "pavlov.lock.json"), join(folder, "kept.json"));
  await rm(join(folder, "pavlov.lock.json"));
  const another = await pavlov("train", "--frozen", "--output", "another");
  expect(another.text).toContain("there is no pavlov.lock.json, and no record of a run in another.");
  const refused = await pavlov("train", "--frozen");
  expect(refused.code).toBe(1);
  expect(refused.text).toContain("The rewards are not those of the run in run:");
  await pavlov("lock");
  const resumed = await pavlov("train", "--frozen", "--resume", "--force");
  expect(resumed.code).toBe(1);
  expect(resumed.text).toContain("The rewards are not those of the run in run:");
  expect(resumed.text).toContain("start a new run without --resume");
});

test("the run is that of the checkpoint which is named, or of the output folder", () => {
  expect(runOf(false, "/runs/a")).toEqual({ folder: "/runs/a", resumed: false });
  expect(runOf(true, "/runs/a")).toEqual({ folder: "/runs/a", resumed: true });
  expect(runOf("runs/b", "/runs/a")).toEqual({ folder: resolve("runs/b"), resumed: true });
  expect(runOf("/runs/b/checkpoints/step-000010", "/runs/a")).toEqual({ folder: "/runs/b", resumed: true });
});
