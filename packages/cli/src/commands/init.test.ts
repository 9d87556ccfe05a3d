// Runs the built command: the project that it makes is scored, tested and trained as it stands, and nothing is overwritten.
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createTestProject, type Outcome, type TestProject } from "../catalog/project.test.fixture.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
let project: TestProject;
beforeAll(async () => {
  // What is made lies in it, and finds what is installed in it.
  project = await createTestProject({
    "occupied/pavlov.config.yaml": "mine",
    file: "",
    "started/package.json": '{"name":"mine"}',
    "unreadable/package.json": "{ nope",
  });
  await symlink(model, join(project.folder, "tiny"));
});
afterAll(() => project.remove());

const read = (path: string): Promise<string> => readFile(join(project.folder, path), "utf8");

describe("a new project", () => {
  let made: Outcome;
  beforeAll(async () => {
    made = await project.pavlov("init", "first model", "--model", "tiny");
  });

  test("is told, with what to do next", () => {
    expect({ stderr: made.stderr, code: made.code }).toEqual({ stderr: "", code: 0 });
    expect(made.stdout.split("\n").slice(0, 5)).toEqual([
      "Made a training project in first model: 12 files, model tiny.",
      "",
      "Next:",
      '  cd "first model"',
      "  npm install",
    ]);
  });

  const inside = (...args: readonly string[]) => project.pavlovWith({}, ...args);

  test("has everything, and no placeholder", async () => {
    const files = (await readdir(join(project.folder, "first model"), { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    expect(files.map(({ name }) => name).sort()).toEqual(
      [
        ".gitignore",
        ".npmrc",
        "README.md",
        "brief.jsonl",
        "brief.ts",
        "completions.jsonl",
        "config.schema.json",
      ].concat(["heldout.jsonl", "package.json", "pavlov.config.yaml", "train.jsonl", "tsconfig.json"]),
    );
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
    for (const text of texts) expect(text).not.toMatch(/__[A-Z]+__/);
  });

  test("is a package that npm takes, with this version of Pavlov", async () => {
    const own = JSON.parse(await read("first model/package.json")) as Record<string, unknown>;
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(own).toMatchObject({
      name: "first-model",
      private: true,
      type: "module",
      dependencies: { "@pavlov/core": `^${version}`, "@pavlov/trainer": `^${version}`, pavlov: `^${version}` },
    });
  });

  test("has a config that names its schema, and fits it", async () => {
    const text = await read("first model/pavlov.config.yaml");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=.pavlov/config.schema.json");
    const schema = JSON.parse(await read("first model/.pavlov/config.schema.json")) as object;
    const validate = new Ajv().compile(schema);
    expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
    expect(JSON.stringify(schema)).toContain("./rewards/brief.ts");
    expect((parse(text) as { model: string }).model).toBe("../tiny");
  });

  test("scores and tests as it stands", async () => {
    const completions = "first model/data/completions.jsonl";
    const { stdout, stderr } = await inside("score", "first model", "--completions", completions, "--json");
    expect(stderr).toBe("");
    const totals = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { total: number }).total);
    expect(totals.map((total) => Number(total.toFixed(6)))).toEqual([1.3, 1.1, 0.3, 0.1]);
    expect((await inside("test", "first model/pavlov.config.yaml")).stdout).toContain(
      "6 fixtures of 1 reward: 6 passed",
    );
  });

  test("trains as it stands", async () => {
    const { stdout, stderr, code } = await project.pavlovProcess(
      {},
      "train",
      "first model",
      "--set",
      "train.maxSteps=2",
      "--json",
    );
    expect([stderr, code]).toEqual(["", 0]);
    expect(stdout.trimEnd().split("\n").length).toBeGreaterThan(3);
    expect(await readdir(join(project.folder, "first model", "runs", "first"))).toContain("model");
  });

  test("is not made twice", async () => {
    const { stderr, code } = await project.pavlov("init", "first model");
    expect(stderr).toMatch(
      /^error: first model already has pavlov\.config\.yaml, .*: nothing was written\.\nhint: {2}Name another/,
    );
    expect(code).toBe(1);
  });
});

test("a model of the hub, or one that knows a chat, is told what to do in a system message", async () => {
  expect((await project.pavlov("init", "chat", "--yes", "--quiet")).stdout).toBe("");
  const config = parse(await read("chat/pavlov.config.yaml")) as Record<string, { system: string }>;
  expect(config["model"]).toBe("HuggingFaceTB/SmolLM2-135M-Instruct");
  expect(config["dataset"]?.system).toContain("<answer>");
  expect(config["evalDataset"]?.system).toBe(config["dataset"]?.system);
  await mkdir(join(project.folder, "talking"));
  await writeFile(join(project.folder, "talking", "chat_template.jinja"), "{{ messages }}");
  await project.pavlov("init", "chat2", "--model", "./talking");
  expect(await read("chat2/pavlov.config.yaml")).toContain("model: ../talking");
  expect(await read("chat2/pavlov.config.yaml")).toContain("system:");
  expect(await read("first model/pavlov.config.yaml")).not.toContain("system:");
});

test("a package.json that cannot be read is told before anything is written", async () => {
  const { stderr, code } = await project.pavlov("init", "unreadable");
  expect(stderr).toMatch(/^error: .*package\.json.*is not JSON/);
  expect(code).toBe(1);
  expect(await readdir(join(project.folder, "unreadable"))).toEqual(["package.json"]);
});

test("what an interrupted init has begun is brought to its end, and what was changed is not", async () => {
  await project.pavlov("init", "begun");
  const path = (name: string): string => join(project.folder, "begun", name);
  const readme = await readFile(path("README.md"), "utf8");
  for (const name of [".pavlov", "data", "README.md"]) await rm(path(name), { recursive: true });
  expect((await project.pavlov("init", "begun")).code).toBe(0);
  expect(await readFile(path("README.md"), "utf8")).toBe(readme);
  expect(await readdir(path("data"))).toHaveLength(3);
  await rm(path(".pavlov"), { recursive: true });
  await writeFile(path("data/train.jsonl"), "mine");
  const { stderr } = await project.pavlov("init", "begun");
  expect(stderr).toMatch(/^error: begun already has data\/train\.jsonl: nothing was written\./);
});

test("a package.json that is there stays, and what to install is said", async () => {
  const { stdout } = await project.pavlov("init", "started", "--json", "--model", "tiny");
  expect(JSON.parse(stdout)).toMatchObject({
    kept: ["package.json"],
    next: [
      "cd started",
      "npm install pavlov @pavlov/trainer @pavlov/core zod",
      expect.anything(),
      expect.anything(),
      expect.anything(),
    ],
  });
  expect(await read("started/package.json")).toBe('{"name":"mine"}');
});

test.each([
  ["occupied", "occupied already has pavlov.config.yaml: nothing was written."],
  ["file", "file is there already, and is no folder."],
])("%s is left as it is", async (folder, message) => {
  const before = await readdir(project.folder, { recursive: true });
  const { stderr, code } = await project.pavlov("init", folder);
  expect(stderr).toContain(`error: ${message}`);
  expect(code).toBe(1);
  expect(await readdir(project.folder, { recursive: true })).toEqual(before);
});
