/** The built command in an installation without `@pavlov/trainer`: what works there, and what says that it is missing. */
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-no-trainer-"));
  const modules = join(folder, "node_modules");
  const command = join(workspace, "packages", "cli");
  // Copied, since Node.js looks for what a linked package imports from where the link leads.
  for (const part of ["bin", "dist", "template", "package.json"]) {
    await cp(join(command, part), join(modules, "pavlov", part), { recursive: true });
  }
  const { dependencies } = JSON.parse(await readFile(join(command, "package.json"), "utf8")) as {
    dependencies: object;
  };
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(workspace, "node_modules", name), join(modules, name));
  }
  const config = {
    dataset: { path: "rows.jsonl", prompt: "question" },
    rewards: { format: { use: "think-answer" }, correct: { use: "exact-answer" } },
    train: { seed: 7, maxSteps: 3 },
  };
  await writeFile(join(folder, "pavlov.config.json"), JSON.stringify(config));
  const rows = ["4", "5", "6"].map((answer) => JSON.stringify({ question: `What is ${answer}?`, answer }));
  await writeFile(join(folder, "rows.jsonl"), rows.join("\n"));
  const completion = "<think>Four.</think>\n<answer>4</answer>";
  await writeFile(join(folder, "completions.jsonl"), JSON.stringify({ completion, answer: "4" }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function pavlov(...args: readonly string[]) {
  const bin = join(folder, "node_modules", "pavlov", "bin", "pavlov.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("without the trainer", () => {
  test.each([
    ["train", []],
    ["sft", ["sft.yaml"]],
    ["eval", []],
    ["config", []],
    ["generate", ["--model", "x", "--prompt", "y"]],
    ["merge", ["x", "--output", "y"]],
    ["bench", ["--model", "x", "--data", "y"]],
  ])("pavlov %s says in one sentence what to install", (command, args) => {
    const { status, stderr } = pavlov(command, ...args);
    expect(stderr.split("\n")[0]).toBe(
      `error: pavlov ${command} needs @pavlov/trainer, which is not installed: npm install @pavlov/trainer`,
    );
    expect(status).toBe(1);
  });

  test("help, and the version, are printed", () => {
    expect(pavlov("--help").status).toBe(0);
    expect(pavlov("train", "--help").stdout).toContain("pavlov.config.yaml");
  });

  test("completions are scored, with the seed of training options that are not checked", () => {
    const { stdout, stderr, status } = pavlov("score", "--completions", "completions.jsonl", "--json");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ total: 2 });
  });

  test("a seed that is none is refused all the same", () => {
    const { stderr, status } = pavlov("score", "--completions", "completions.jsonl", "--set", "train.seed=x");
    expect(stderr).toContain("train.seed");
    expect(status).toBe(1);
  });

  test("rewards are audited", () => {
    const { stdout, stderr } = pavlov("audit", "--json", "--rows", "2");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ exploits: expect.any(Array) });
  });

  test("rewards are listed and described, and a schema leaves training options open", () => {
    expect(pavlov("list", "--quiet").stdout).toContain("exact-answer");
    expect(pavlov("info", "math").stdout).toContain("requireBoxed");
    const { stdout } = pavlov("schema", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ withTraining: false, plugins: 0, warnings: [] });
    expect(pavlov("schema").stdout).toContain("Options of training are not checked: @pavlov/trainer is not installed.");
  });

  test("the doctor says that it is missing, and what is here", () => {
    const { stdout, status } = pavlov("doctor", "--json");
    expect(status).toBe(1);
    const { auto, summary, checks } = JSON.parse(stdout) as { auto: null; summary: string; checks: { id: string }[] };
    expect({ auto, ids: checks.map(({ id }) => id) }).toEqual({
      auto: null,
      ids: ["packages", "node", "npm", "system"],
    });
    expect(summary).toBe("Training does not run here: @pavlov/trainer is not installed. Rewards work without it.");
  });

  test("a training project is made", () => {
    const { stderr, status } = pavlov("init", "new", "--yes");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });

  test("a dataset of the hub names the trainer, which would download it", () => {
    const { stderr, status } = pavlov("audit", "--set", "dataset.path=openai/gsm8k");
    expect(stderr).toContain("openai/gsm8k is no file here, and datasets of the hub need @pavlov/trainer.");
    expect(stderr).toContain("npm install @pavlov/trainer");
    expect(status).toBe(1);
  });
});
