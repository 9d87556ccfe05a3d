import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TemporaryProject } from "../../registry/project.test.support.js";
import type { WorkerReward } from "./messages.js";
import { RewardThread, type ThreadCall } from "./reward-thread.js";

let project: TemporaryProject;

beforeAll(async () => {
  project = await createProject({
    "rewards.js": `
      import { defineReward } from "@pavlov/core";
      const common = { description: "For tests.", range: [0, 1] };
      export const polite = defineReward({ ...common, name: "polite", async score({ completion }, { signal }) {
        if (completion === "wait") await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return 1;
      } });
      export const deaf = defineReward({ ...common, name: "deaf", score: ({ completion }) =>
        completion === "wait" ? new Promise(() => {}) : 1 });
    `,
  });
});

afterAll(() => project.remove());

async function threadOf(exportName: string) {
  const module = new URL("rewards.js", `file://${project.folder}/`).href;
  const reward: WorkerReward = { id: 0, module, exportName, label: exportName, params: {}, columns: {}, env: {} };
  const thread = new RewardThread(() => {});
  expect((await thread.prepare([reward])).size).toBe(0);
  const call = (completion: string, options: Partial<ThreadCall> = {}) => {
    const samples = [{ index: 4, groupId: "g", completion, columns: {}, inputs: {} }];
    const { signal } = new AbortController();
    return thread.call({ reward, samples, seed: 1, timeout: 200, asynchronous: true, signal, ...options });
  };
  return { thread, call };
}

const timedOut = (name: string) => [
  { ok: false, message: `Reward "${name}" timed out after 200 ms on sample 4 (group "g").` },
];

test("a reward that ends when its signal is aborted keeps its thread", async () => {
  const { thread, call } = await threadOf("polite");
  const { outcomes, usable } = call("wait");
  expect(await outcomes).toEqual(timedOut("polite"));
  expect(await usable).toBe(true);
  expect(await call("go", { timeout: undefined }).outcomes).toEqual([{ ok: true, score: 1 }]);
  await thread.dispose();
});

test.each([true, false])("a reward that does not loses it (declared async: %s)", async (asynchronous) => {
  const { thread, call } = await threadOf("deaf");
  const { outcomes, usable } = call("wait", { asynchronous });
  expect(await outcomes).toEqual(timedOut("deaf"));
  expect(await usable).toBe(false);
  expect(await thread.ended).toBe("exited with code 1");
});

test("samples that cannot leave the thread are that call's error alone", async () => {
  const { thread, call } = await threadOf("polite");
  const samples = [{ index: 0, groupId: "g", completion: "c", columns: { answer: () => 1 }, inputs: {} }];
  const { outcomes, usable } = call("", { samples });
  const [outcome] = await outcomes;
  expect(outcome?.ok === false && outcome.message).toContain('Reward "polite" could not be sent to its worker (');
  expect(await usable).toBe(true);
  expect(await call("go", { timeout: undefined }).outcomes).toEqual([{ ok: true, score: 1 }]);
  await thread.dispose();
});
