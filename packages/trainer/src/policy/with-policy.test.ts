import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withPolicy } from "./with-policy.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const request = { model, engine: { kind: "onnxruntime" }, reference: false } as const;

let incomplete: string;
beforeAll(async () => {
  incomplete = await mkdtemp(join(tmpdir(), "pavlov-incomplete-"));
  await cp(model, incomplete, { recursive: true });
  await rm(join(incomplete, "tokenizer.json"));
});
afterAll(() => rm(incomplete, { recursive: true }));

test("a process that cannot load the tokenizer ends", async () => {
  const script = `
    import { evaluate, generateText, SFTTrainer } from "@pavlov/trainer";
    import { datasetFromRows, defineReward } from "@pavlov/core";
    const model = ${JSON.stringify(incomplete)};
    const dataset = datasetFromRows([{ prompt: "1+1=", completion: "2" }], { completion: "completion" });
    const rewards = defineReward({ name: "one", description: "1.", range: [0, 1], score: () => 1 });
    const say = ({ message }) => console.log(message);
    await generateText({ model, prompts: ["1+1="] }).catch(say);
    await evaluate({ model, rewards, dataset }).catch(say);
    await new SFTTrainer({ model, dataset }).train().catch(say);
  `;
  const here = fileURLToPath(new URL(".", import.meta.url));
  // Killed in the end, should a policy keep it alive.
  const guard = { cwd: here, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], guard);
  const sentence = `${incomplete} has no tokenizer.json, so its tokenizer cannot be loaded.`;
  expect(stdout.trim().split("\n")).toEqual([sentence, sentence, sentence]);
}, 90_000);

test("the policy ends with its task, also while it is still generating", async () => {
  let generating: Promise<unknown> | undefined;
  const failing = withPolicy(request, async (policy, tokenizer) => {
    const call = {
      prompts: Array.from({ length: 8 }, () => tokenizer.encodePrompt("522+768=").ids),
      numGenerations: 8,
      maxCompletionLength: 100,
      sampling: { temperature: 2 },
      seed: 1,
      step: 0,
    };
    await new Promise((resolve) => {
      generating = policy.generate(call, resolve).catch((error: unknown) => error);
    });
    throw new Error("enough");
  });
  await expect(failing).rejects.toThrow("enough");
  expect(await generating).toMatchObject({ message: "The call was cancelled." });
}, 60_000);

test("generating ends with its signal, and the policy is fit for the next call", async () => {
  await withPolicy(request, async (policy, tokenizer) => {
    const { ids } = tokenizer.encodePrompt("522+768=");
    const call = { prompts: [ids], numGenerations: 64, maxCompletionLength: 100, sampling: {}, seed: 1, step: 0 };
    const controller = new AbortController();
    const reason = new Error("enough");
    const stop = (): void => controller.abort(reason);
    await expect(policy.generate(call, stop, controller.signal)).rejects.toBe(reason);
    await expect(policy.generate(call, stop, controller.signal)).rejects.toBe(reason);
    expect((await policy.generate({ ...call, numGenerations: 1 }, () => undefined)).tokens).toBeGreaterThan(0);
  });
}, 60_000);
