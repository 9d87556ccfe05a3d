import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { compose } from "../compose/compose.js";
import { use } from "../compose/use.js";
import { defineReward } from "../define-reward.js";
import { createProject } from "../registry/project.test.support.js";
import { recordRewards } from "./reward-records.js";

const short = defineReward({
  name: "short",
  description: "1 if the completion is short.",
  params: z.object({ limit: z.number().default(100) }),
  range: [0, 1],
  score: ({ completion }, { params }) => (completion.length <= params.limit ? 1 : 0),
});

afterEach(() => vi.unstubAllEnvs());

test("one reward is described as a composite of it, with the params that it runs with", async () => {
  const described = { parts: { short: { reward: "short", weight: 1, columns: {}, params: { limit: 100 } } } };
  expect(await recordRewards(short)).toEqual(described);
  expect(await recordRewards(compose({ short: use(short) }))).toEqual(described);
});

test("nested composites are described with their parts, expressions and the code that is known", async () => {
  const project = await createProject({
    "mine.ts": "export {};",
    "node_modules/pavlov-reward-x/package.json": '{ "name": "pavlov-reward-x", "version": "1.2.0" }',
    "node_modules/pavlov-reward-x/index.js": "export {};",
  });
  try {
    const at = (path: string, exportName: string) => ({
      source: { module: pathToFileURL(join(project.folder, path)).href, exportName },
    });
    const inner = compose(
      {
        brief: use(short, { params: { limit: 5 }, ...at("node_modules/pavlov-reward-x/index.js", "short") }),
        other: use({ ...short, version: "7" }),
      },
      { combine: "brief * other" },
    );
    const rewards = compose({ quality: use(inner, { weight: 2, ...at("mine.ts", "best") }) });
    const integrity = expect.stringMatching(/^sha256-/);
    expect(await recordRewards(rewards, project.folder)).toEqual({
      parts: {
        quality: {
          ...{ reward: "composite", file: "mine.ts", integrity, exportName: "best" },
          ...{ weight: 2, columns: {}, params: {}, combine: "brief * other" },
          parts: {
            brief: {
              ...{ reward: "short", package: "pavlov-reward-x", version: "1.2.0", integrity },
              ...{ weight: 1, columns: {}, params: { limit: 5 } },
            },
            other: { reward: "short", rewardVersion: "7", weight: 1, columns: {}, params: { limit: 100 } },
          },
        },
      },
    });
  } finally {
    await project.remove();
  }
});

test("a secret that was written into params is in no record", async () => {
  vi.stubEnv("PAVLOV_TEST_TOKEN", "very-secret");
  const asking = defineReward({
    name: "asking",
    description: "Asks.",
    params: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }),
    range: [0, 1],
    env: ["PAVLOV_TEST_TOKEN"],
    score: () => 1,
  });
  const params = { url: "http://localhost/?key=very-secret", headers: { authorization: "Bearer very-secret" } };
  const record = await recordRewards(compose({ asking: use(asking, { params }) }));
  expect(record.parts["asking"]?.params).toEqual({
    url: "http://localhost/?key=[PAVLOV_TEST_TOKEN]",
    headers: { authorization: "Bearer [PAVLOV_TEST_TOKEN]" },
  });
});
