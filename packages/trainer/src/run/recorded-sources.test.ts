import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { datasetFromRows, defineReward } from "@pavlov/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluate } from "../grpo/evaluate.js";
import { GRPOTrainer } from "../grpo/trainer.js";
import { HubServer } from "../hub/hub-server.test.fixture.js";
import { SFTTrainer } from "../sft/trainer.js";
import { generateText } from "./generate-text.js";

const modelFolder = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const model = "acme/arithmetic";
let server: HubServer;
let folder: string;
let files: Record<string, Buffer>;
let commit: string;

beforeAll(async () => {
  server = await HubServer.start();
  process.env["HF_ENDPOINT"] = server.endpoint;
  folder = await mkdtemp(join(tmpdir(), "pavlov-sources-"));
  const names = (await readdir(modelFolder)).filter((name) => /\.(json|safetensors)$/.test(name));
  files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(modelFolder, name))] as const)),
  );
  commit = server.add("model", model, files);
});
afterAll(async () => {
  delete process.env["HF_ENDPOINT"];
  await server.close();
  await rm(folder, { recursive: true });
});

const dataset = datasetFromRows(
  ["1+1=", "2+2=", "3+3=", "4+4="].map((prompt) => ({ prompt, completion: "<answer>2</answer>" })),
);
const always = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });

test("everything that looks for a model leaves the hub alone where it is told to", async () => {
  server.reset();
  const given = { model, dataset, hub: { offline: true, cacheFolder: join(folder, "empty"), token: "" } };
  const attempts = [
    () => new GRPOTrainer({ ...given, rewards: always }).train(),
    () => new SFTTrainer(given).train(),
    () => evaluate({ ...given, rewards: always }),
    () => generateText({ ...given, prompts: ["1+1="] }),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toThrow("(main) is not in the cache");
  expect(server.requests).toEqual([]);
});

test(
  "a run keeps the commit that it began with, and goes on with it after its branch has moved",
  { timeout: 120_000 },
  async () => {
    const output = join(folder, "run");
    const hub = { cacheFolder: join(folder, "cache"), token: "" };
    const train = (maxSteps: number, resumeFrom: boolean) => {
      const config = { maxSteps, perDeviceTrainBatchSize: 2 };
      return new SFTTrainer({ model, dataset, output, hub, resumeFrom, config }).train();
    };
    const recorded = async (): Promise<unknown> =>
      (JSON.parse(await readFile(join(output, "config.json"), "utf8")) as { hub: unknown }).hub;
    const began = { model: { id: model, revision: "main", commit } };
    await train(1, false);
    expect(await recorded()).toEqual(began);
    const moved = server.add("model", model, { ...files, "chat_template.jinja": Buffer.from("{{ messages }}") });
    expect(moved).not.toBe(commit);
    expect(await train(2, true)).toMatchObject({ steps: 2, stopped: false });
    expect(await recorded()).toEqual(began);
  },
);
