// What `pavlov test` says of files that were meant as fixtures: in a plugin's package and in a project with a config.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { collect } from "./collect.js";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

const reward = `
import { defineReward } from "@pavlov/core";
export const brief = defineReward({ name: "brief", description: "Short.", range: [0, 1], score: () => 1 });
export default { apiVersion: 1, namespace: "polite", rewards: { brief }, presets: {} };
`;
const row = '{"completion": "", "score": 1}\n';

async function strayIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-stray-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await mkdir(join(folder, "node_modules/@pavlov"), { recursive: true });
  await symlink(join(packages, "core"), join(folder, "node_modules/@pavlov/core"), "junction");
  const { stray } = await collect([folder]);
  return stray.map(({ file, fix }) => `${file}: ${fix}`);
}

const plugin = {
  "package.json": JSON.stringify({
    name: "pavlov-reward-polite",
    type: "module",
    keywords: ["pavlov-reward"],
    exports: "./dist/index.js",
  }),
  "dist/index.js": reward,
  "fixtures/brief.jsonl": row,
};
const config = {
  "package.json": '{ "type": "module" }',
  "pavlov.config.yaml":
    "dataset: data.jsonl\nrewards:\n  brief: { use: ./rewards/brief.ts#brief }\n  format: { use: think-answer }\n",
  "rewards/brief.ts": reward,
  "fixtures/brief.jsonl": row,
};

test("a plugin's fixtures are all of its rewards", async () => {
  expect(await strayIn(plugin)).toEqual([]);
  expect(await strayIn({ ...plugin, "fixtures/score.jsonl": row, "fixtures/breif.yaml": "[]" })).toEqual([
    "fixtures/breif.yaml: Move its rows into fixtures/brief.jsonl.",
    "fixtures/score.jsonl: Remove it, or name it after its reward: fixtures/brief.jsonl.",
  ]);
});

test("a project may have those of rewards that its config does not name, and others' files", async () => {
  expect(await strayIn({ ...config, "fixtures/score.jsonl": row, "fixtures/think-answer.jsonl": row })).toEqual([]);
  expect(await strayIn({ ...config, "fixtures/breif.jsonl": row, "fixtures.jsonl": row })).toEqual([
    "fixtures.jsonl: Call it fixtures/<reward>.jsonl.",
    "fixtures/breif.jsonl: Move its rows into fixtures/brief.jsonl.",
  ]);
});
