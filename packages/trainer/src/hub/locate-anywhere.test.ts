import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HubServer } from "./hub-server.test.fixture.js";
import { locateAnywhere } from "./locate-anywhere.js";

let hub: HubServer;
let folder: string;

beforeAll(async () => {
  hub = await HubServer.start();
  process.env["HF_ENDPOINT"] = hub.endpoint;
  folder = await mkdtemp(join(tmpdir(), "pavlov-hub-"));
});
afterAll(async () => {
  delete process.env["HF_ENDPOINT"];
  await hub.close();
  await rm(folder, { recursive: true });
});

test("an adapter of the hub brings its base, at the revision that it names", async () => {
  const base = { "config.json": "{}", "tokenizer.json": "{}", "tokenizer_config.json": "{}", "model.safetensors": "w" };
  const commit = hub.add("model", "acme/base", base, { revisions: ["v3"] });
  const description = {
    ...{ peft_type: "LORA", r: 8, lora_alpha: 16, target_modules: ["q_proj"] },
    ...{ base_model_name_or_path: "acme/base", revision: "v3" },
  };
  const adapterCommit = hub.add("model", "acme/adapter", {
    "adapter_config.json": JSON.stringify(description),
    "adapter_model.safetensors": Buffer.alloc(2000, 1),
    "README.md": "# Adapter",
  });
  const located = await locateAnywhere({ model: "acme/adapter" }, { cacheFolder: folder, token: "" });
  const snapshot = (name: string, at: string): string => join(folder, `models--acme--${name}`, "snapshots", at);
  expect(located).toMatchObject({
    model: snapshot("base", commit),
    adapter: snapshot("adapter", adapterCommit),
    tokenizer: snapshot("base", commit),
  });
  expect(hub.requests.some(({ path }) => path.includes("/revision/v3"))).toBe(true);
});
