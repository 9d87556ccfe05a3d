import { mkdtemp, rm, symlink, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { isReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import { composeFromConfig } from "./compose-from-config.js";
import { loadConfig } from "./load-config.js";
import { rewardsSchema } from "./schemas.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-in-code-"));
  await mkdir(join(folder, "node_modules/@pavlov"), { recursive: true });
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  await symlink(join(root, "packages/core"), join(folder, "node_modules/@pavlov/core"), "junction");
  await symlink(join(root, "node_modules/zod"), join(folder, "node_modules/zod"), "junction");
});
afterAll(() => rm(folder, { recursive: true }));

const schema = z.strictObject({ rewards: rewardsSchema });
const beginning = `
import { dataset, defineReward, use } from "@pavlov/core";
import { z } from "zod";
const exact = defineReward({
  name: "exact", description: "Right.", columns: z.object({ answer: z.string() }),
  params: z.strictObject({ limit: z.number().default(1) }), range: [0, 1], score: () => 1,
});
const rows = dataset(z.object({ question: z.string(), solution: z.string() }), "data.jsonl");
`;

/** A module is imported once: each config has a file of its own. */
let count = 0;
async function load(rewards: string, overrides: readonly string[] = []) {
  const path = `config-${++count}.ts`;
  await writeFile(join(folder, path), `${beginning}\nexport default { rewards: ${rewards} };\n`);
  return loadConfig({ path, schema, workingDirectory: folder, overrides });
}

test("a config in code takes rewards as code composes them, and its values can be set", async () => {
  const rewards = `{
    bound: rows.use(exact, { weight: 2, columns: { answer: "solution" }, params: { limit: 3 } }),
    used: use(exact, { timeout: 50 }),
    alone: exact,
    written: { use: exact, weight: 0 },
  }`;
  const { value } = await load(rewards, ["rewards.bound.weight=0.5"]);
  const { bound, used, alone, written } = value.rewards;
  expect(bound).toMatchObject({ weight: 0.5, columns: { answer: "solution" }, params: { limit: 3 } });
  expect(used).toMatchObject({ timeout: 50 });
  expect([bound, used, alone, written].every((part) => isReward(part?.use))).toBe(true);
  const composed = await composeFromConfig(value, () => Promise.reject(new Error("nothing is to be resolved")));
  expect(composed.parts["bound"]).toMatchObject({ weight: 0.5, params: { limit: 3 } });
});

test("what such a reward is given wrongly is said with the config's name, and what is no reward is none", async () => {
  const failure = await load("{ bound: rows.use(exact, { weight: 2 }) }").catch((thrown: unknown) => thrown);
  expect(PavlovError.isInstance(failure) && `${failure.message.replace(`${folder}/`, "")} ${failure.hint}`).toBe(
    'config-2.ts: Reward "exact": column "answer" is not in the dataset, which has question, solution. ' +
      'Map it: columns: { answer: "..." }.',
  );
  await expect(load("{ broken: { reward: 3, options: {} } }")).rejects.toThrow("rewards.broken.use is missing");
});
