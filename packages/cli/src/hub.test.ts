// Runs the built command against a hub on loopback that has the bundled model and a small dataset.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { saveAdapter } from "@pavlov/trainer";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { HubServer } from "../../trainer/dist/hub/hub-server.test.fixture.js";
import { runHere, runProcess, type Environment, type Outcome } from "./run-here.test.fixture.js";

const bin = fileURLToPath(new URL("../bin/pavlov.js", import.meta.url));
const modelFolder = fileURLToPath(new URL("../../../models/arithmetic", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pavlov-cli-hub-"));
let hub: HubServer;
let modelCommit: string;
let datasetCommit: string;

const modelFiles = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "model.safetensors",
];
const row = (a: number, b: number): string =>
  `${JSON.stringify({ question: `${a}+${b}=`, answer: `${a + b}`, completion: `<answer>${a + b}</answer>` })}\n`;
const card =
  "---\nconfigs:\n- config_name: main\n  data_files:\n  - { split: train, path: main/train* }\n" +
  "  - { split: test, path: main/test* }\n---\n# Sums\n";

beforeAll(async () => {
  hub = await HubServer.start();
  const files = modelFiles.map((name): [string, Buffer] => [name, readFileSync(join(modelFolder, name))]);
  modelCommit = hub.add("model", "acme/arithmetic", { ...Object.fromEntries(files), "model.onnx": Buffer.alloc(5000) });
  datasetCommit = hub.add("dataset", "acme/sums", {
    "README.md": card,
    "main/train-00000-of-00001.jsonl": Array.from({ length: 30 }, (_, at) => row(100 + at, 200)).join(""),
    "main/test-00000-of-00001.jsonl": row(1, 2) + row(3, 4),
  });
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => hub.reset());

const environment = (cache: string): Environment => ({
  HF_HUB_OFFLINE: undefined,
  HF_TOKEN: undefined,
  HF_ENDPOINT: hub.endpoint,
  HF_HOME: join(folder, cache),
  NO_COLOR: "1",
});

const pavlov = (cache: string, ...args: readonly string[]): Promise<Outcome> =>
  runHere(folder, args, environment(cache));

/** Bytes of the weights that lie in a cache, unfinished. */
const arrivedBytes = async (cache: string): Promise<number> => {
  const blobs = join(folder, cache, "hub/models--acme--arithmetic/blobs");
  const names = await readdir(blobs).catch(() => []);
  const [partial] = names.filter((name) => name.endsWith(".incomplete"));
  return partial === undefined ? 0 : (await stat(join(blobs, partial)).catch(() => ({ size: 0 }))).size;
};

const config = (name: string, lines: Readonly<Record<string, string>> = {}): string => {
  const all = {
    model: "acme/arithmetic",
    dataset: "acme/sums",
    rewards: "{ correct: { use: exact-answer } }",
    train: "{ numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 4, maxSteps: 1 }",
    evaluate: "{ samples: 0 }",
    output: `runs/${name}`,
    ...lines,
  };
  const text = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(join(folder, `${name}.yaml`), text.join(""));
  return `${name}.yaml`;
};

test("train downloads model and dataset, says so, records their commits, and offline needs nobody", async () => {
  const path = config("first", { evalDataset: "acme/sums" });
  const first = await runProcess(folder, ["train", path], environment("home"));
  expect(first.stderr).toBe("");
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^downloading acme\/sums: /m);
  expect(first.stdout).toMatch(/^downloaded acme\/arithmetic \(3\.2 MB in /m);
  expect(first.stdout).toContain(`model     acme/arithmetic (commit ${modelCommit.slice(0, 12)})`);
  expect(first.stdout).toContain("30 rows of acme/sums (main, train)");
  expect(first.stdout).toContain("2 rows of acme/sums (main, test)");
  expect(hub.requests.some(({ path: asked }) => asked.includes("model.onnx"))).toBe(false);
  const record = JSON.parse(readFileSync(join(folder, "runs/first/config.json"), "utf8")) as { hub: unknown };
  const dataset = { id: "acme/sums", revision: "main", commit: datasetCommit, config: "main" };
  expect(record.hub).toEqual({
    model: { id: "acme/arithmetic", revision: "main", commit: modelCommit },
    dataset: { ...dataset, split: "train" },
    evalDataset: { ...dataset, split: "test" },
  });
  expect(readdirSync(join(folder, "runs/first/model"))).toContain("tokenizer.json");

  hub.reset();
  const again = await pavlov("home", "train", path, "--offline", "--json", "--set", `revision=${modelCommit}`);
  expect(again.code).toBe(0);
  expect(hub.requests).toEqual([]);
  expect(again.stdout).not.toContain('"download"');
});

test("sft and eval take ids as well, with a pinned revision", async () => {
  const tuning = config("tuned", {
    rewards: "",
    train: "{ maxSteps: 1 }",
    revision: modelCommit,
    dataset: "{ path: acme/sums, limit: 4 }",
  });
  const text = readFileSync(join(folder, tuning), "utf8").replace(/^(rewards|evaluate): .*\n/gm, "");
  writeFileSync(join(folder, tuning), text);
  const tuned = await pavlov("home", "sft", tuning);
  expect(tuned.stderr).toBe("");
  const record = JSON.parse(readFileSync(join(folder, "runs/tuned/config.json"), "utf8")) as { hub: unknown };
  expect(record.hub).toMatchObject({ model: { commit: modelCommit }, dataset: { id: "acme/sums", split: "train" } });

  const path = config("measured", { evalDataset: "{ path: acme/sums, split: test }" });
  const measured = await pavlov("home", "eval", path, "--json");
  expect(measured.stderr).toBe("");
  expect((JSON.parse(measured.stdout) as { completions: unknown[] }).completions).toHaveLength(2);
});

test("a run goes on with the commits that it began with, although main has moved", async () => {
  const data = (first: number): string => Array.from({ length: 4 }, (_, at) => row(first + at, 1)).join("");
  const weights = (name: string): Buffer => readFileSync(join(modelFolder, name));
  const files = Object.fromEntries(modelFiles.map((name) => [name, weights(name)]));
  const model = hub.add("model", "acme/moving", files);
  const dataset = hub.add("dataset", "acme/moving-sums", { "train.jsonl": data(1) });
  const path = config("moving", { model: "acme/moving", dataset: "acme/moving-sums" });
  expect((await pavlov("home", "train", path)).stderr).toBe("");
  hub.add("model", "acme/moving", { ...files, "chat_template.jinja": Buffer.from("{{ messages }}") });
  hub.add("dataset", "acme/moving-sums", { "train.jsonl": data(5) });

  const resumed = await pavlov("home", "train", path, "--resume", "--set", "train.maxSteps=2");
  expect(resumed.stderr).toBe("");
  const record = JSON.parse(readFileSync(join(folder, "runs/moving/config.json"), "utf8")) as { hub: unknown };
  expect(record.hub).toMatchObject({ model: { commit: model }, dataset: { commit: dataset } });
});

test("generate takes an id, and prints nothing but completions", async () => {
  const given = ["--prompt", "1+1=", "--max-tokens", "2", "--json"];
  const { code, stdout, stderr } = await pavlov("fresh", "generate", "--model", "acme/arithmetic", ...given);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  const offline = ["generate", "--model", "acme/arithmetic", "--revision", "v2", "--offline", ...given];
  expect((await pavlov("fresh", ...offline)).stderr).toContain("The model acme/arithmetic (v2) is not in the cache");
});

test("an adapter's id is taken wherever a folder is, its base with it, and offline nobody is asked", async () => {
  const adapter = join(folder, "lora");
  const { hidden_size: width } = JSON.parse(readFileSync(join(modelFolder, "config.json"), "utf8")) as {
    hidden_size: number;
  };
  const ones = (shape: readonly number[]) => ({ shape, data: new Float32Array(width).fill(0.1) });
  const named = "model.layers.0.self_attn.q_proj";
  await saveAdapter(adapter, {
    parameters: { [`${named}.lora_A.weight`]: ones([1, width]), [`${named}.lora_B.weight`]: ones([width, 1]) },
    configJson: { peft_type: "LORA", r: 1, lora_alpha: 1, base_model_name_or_path: "acme/arithmetic", revision: null },
    tokenizer: modelFolder,
    source: null,
  });
  const files = readdirSync(adapter).map((name): [string, Buffer] => [name, readFileSync(join(adapter, name))]);
  const adapterCommit = hub.add("model", "acme/lora", Object.fromEntries(files));
  const given = ["--prompt", "1+1=", "--max-tokens", "2", "--temperature", "0", "--json"];

  const missing = await pavlov("adapters", "merge", "acme/lora", "--output", "none", "--offline");
  expect(missing.stderr).toContain("The model acme/lora (main) is not in the cache");
  const merged = await pavlov("adapters", "merge", "acme/lora", "--output", "merged", "--json");
  expect(merged.stderr).toBe("");
  const result = JSON.parse(merged.stdout) as { adapter: string; base: string };
  expect(result.adapter).toContain(`models--acme--lora/snapshots/${adapterCommit}`);
  expect(result.base).toContain(`models--acme--arithmetic/snapshots/${modelCommit}`);

  hub.reset();
  const both = ["--model", "acme/arithmetic", "--revision", modelCommit, "--offline"];
  const again = await pavlov("adapters", "merge", "acme/lora", ...both, "--output", "merged-again", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ base: result.base });
  const adapted = await pavlov("adapters", "generate", "--adapter", "acme/lora", ...both, ...given);
  expect(adapted.stderr).toBe("");
  expect((await pavlov("adapters", "generate", "--model", "merged", ...given)).stdout).toBe(adapted.stdout);
  const path = config("adapted", { adapter: "acme/lora", evaluate: "{ before: false, after: false }" });
  writeFileSync(join(folder, "rows.jsonl"), row(1, 2) + row(3, 4) + row(5, 6) + row(7, 8));
  const data = ["--set", "dataset={ path: rows.jsonl, prompt: question }"];
  const trained = await pavlov("adapters", "train", path, "--offline", ...data);
  expect(trained.stderr).toBe("");
  const record = JSON.parse(readFileSync(join(folder, "runs/adapted/config.json"), "utf8")) as { hub: unknown };
  expect(record.hub).toMatchObject({ model: { commit: modelCommit }, adapter: { commit: adapterCommit } });
  expect(hub.requests).toEqual([]);
});

test("with --json a download is events", async () => {
  const { stdout } = await pavlov("events", "train", config("events"), "--json");
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const size = readFileSync(join(modelFolder, "model.safetensors")).length;
  const downloads = events.filter(({ type }) => type === "download");
  expect(downloads).toContainEqual(
    expect.objectContaining({ repository: "acme/arithmetic", file: "model.safetensors", bytes: size, total: size }),
  );
  expect(downloads.map(({ file }) => file)).toEqual(expect.arrayContaining(["README.md", "tokenizer.json"]));
});

test.each([
  [
    { model: "acme/arithmetc" },
    /^error: bad\.yaml:1:8: There is no folder .*arithmetc\. There is no model acme\/arithmetc at http/m,
  ],
  [{ model: "./modles/arithmetic" }, /^error: bad\.yaml:1:8: There is no model folder modles\/arithmetic\.$/m],
  [
    { model: modelFolder, revision: "v1" },
    /^error: bad\.yaml:7:11: The revision v1 is for a model of the hub, but the model is the folder/m,
  ],
  [
    { dataset: "{ path: acme/sums, split: tset }" },
    /^error: bad\.yaml:2:10: The dataset acme\/sums has no split tset; it has: train, test\.\nhint: {2}Did you mean test\?/m,
  ],
  [
    { dataset: "acme/smus" },
    /^error: bad\.yaml:2:10: There is no file or folder .*smus\. There is no dataset acme\/smus at .*\nhint: {2}Did you mean acme\/sums\?/m,
  ],
  [{ dataset: "{ path: nowhere.jsonl }" }, /^error: Dataset nowhere\.jsonl does not exist/m],
])("%j is an error that says where it stands", async (lines, message) => {
  const { code, stderr } = await pavlov("home", "train", config("bad", lines));
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
});

test("Ctrl-C ends a download, says that it goes on later, and it does", async () => {
  hub.fail("file=model", { stallAfter: 1_000_000 });
  const child = spawn(process.execPath, [bin, "train", config("stopped"), "--json"], {
    cwd: folder,
    env: { ...process.env, ...environment("stopped") },
  });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise((done) => child.on("close", done));
  while ((await arrivedBytes("stopped")) < 1_000_000) await sleep(50);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(stderr).toContain("Stopping; the download goes on from here the next time.");

  hub.reset();
  const again = await pavlov(
    "stopped",
    "generate",
    "--model",
    "acme/arithmetic",
    "--prompt",
    "1+1=",
    "--max-tokens",
    "1",
  );
  expect(again.code).toBe(0);
  const [weights] = hub.requests.filter(({ isStorage }) => isStorage).map(({ range }) => range);
  expect(weights).toBe("bytes=1000000-");
});
