import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { dependingOn, installedPlugin } from "../discovery/plugin-project.test.support.js";
import type { Reward } from "../reward.js";
import { importModule } from "./import-module.js";
import { createProject } from "./project.test.support.js";
import { openRegistry } from "./registry.js";

const ofFile = `
import { defineReward } from "@pavlov/core";
export const mine = defineReward({ name: "own", description: "1.", range: [0, 1], score: () => 1 });
`;

async function locating(config: string) {
  const { folder, remove } = await createProject({
    "package.json": dependingOn("pavlov-reward-good", "pavlov-reward-other"),
    ...installedPlugin("pavlov-reward-good"),
    ...installedPlugin("pavlov-reward-other", { code: 'throw new Error("its code has run");' }),
    "rewards/mine.ts": ofFile,
    "pavlov.config.ts": config,
  });
  onTestFinished(remove);
  const file = pathToFileURL(join(folder, "pavlov.config.ts")).href;
  const { default: reward } = (await importModule(file)) as { readonly default: Reward };
  const registry = await openRegistry({ cwd: folder });
  const found = await registry.locate(reward, file);
  return found && { ...found, module: found.module.replace(/^.*(node_modules|rewards)\//, "$1/") };
}

test("a reward of a plugin that a config imports is that plugin's, and no other plugin is run for it", async () => {
  expect(await locating('import good from "pavlov-reward-good"; export default good.rewards.score;')).toEqual({
    module: "node_modules/pavlov-reward-good/dist/index.js",
    exportName: "score",
  });
});

test("a reward of a file that a config imports is that file's", async () => {
  expect(await locating('import { mine } from "./rewards/mine.js"; export default mine;')).toEqual({
    module: "rewards/mine.ts",
    exportName: "mine",
  });
});

test("one that a config defines is nobody's, even where a plugin has one of its name", async () => {
  const config = `import good from "pavlov-reward-good"; import { defineReward } from "@pavlov/core";
    export default defineReward({ ...good.rewards.score, range: [0, 1], score: () => 1 });`;
  expect(await locating(config)).toBeUndefined();
});
