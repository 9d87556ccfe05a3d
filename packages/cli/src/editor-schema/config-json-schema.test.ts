// The schema is one that strict validators take, and it agrees with the loader on configs, good and bad.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistry, PavlovError } from "@pavlov/core";
import { composeFromConfig, loadConfig } from "@pavlov/core/config";
import builtIn from "@pavlov/rewards";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CatalogPlugin, localRewardFiles, openCatalog } from "../catalog/catalog.js";
import { createTestProject, executes, type TestProject } from "../catalog/project.test.fixture.js";
import { configSchema } from "../config-schema.js";
import { configJsonSchema } from "./config-json-schema.js";

const code = `import { definePlugin, defineReward } from "@pavlov/core";
import { z } from "zod";
const executes = defineReward({
  name: "executes", description: "Runs SQL.", range: [0, 1],
  columns: z.object({ query: z.string(), schema: z.string().optional() }),
  params: z.object({ database: z.string(), rows: z.int().min(1).default(100), order: z.enum(["any", "same"]).default("any") }),
  score: () => 1,
});
export default definePlugin({ namespace: "sql", rewards: { executes },
  presets: { recommended: { executes: { weight: 0.5, params: { database: "test" } } } } });
`;

let project: TestProject;
let validate: ValidateFunction;
let warned: unknown[];
let left: readonly string[];
beforeAll(async () => {
  const name = "pavlov-reward-sql";
  const { columns, params, ...rest } = executes;
  const manifest = {
    apiVersion: 1,
    namespace: "sql",
    rewards: { executes: { ...rest, columns, params } },
    presets: { recommended: { executes: { weight: 0.5, params: { database: "test" } } } },
  };
  const packageJson = {
    name,
    version: "1.0.0",
    type: "module",
    keywords: ["pavlov-reward"],
    exports: "./index.js",
    pavlov: { apiVersion: 1, manifest: "./manifest.json" },
  };
  project = await createTestProject({
    "package.json": JSON.stringify({ type: "module", dependencies: { [name]: "*" } }),
    [`node_modules/${name}/package.json`]: JSON.stringify(packageJson),
    [`node_modules/${name}/manifest.json`]: JSON.stringify(manifest),
    [`node_modules/${name}/index.js`]: code,
    "rewards/mine.js": `import { defineReward } from "@pavlov/core";
      export const mine = defineReward({ name: "mine", description: "Mine.", range: [0, 1], score: () => 1 });\n`,
  });
  const [{ plugins }, files] = await Promise.all([openCatalog(project.folder), localRewardFiles(project.folder)]);
  const { schema, warnings } = configJsonSchema(configSchema, plugins, files);
  left = warnings;
  warned = [];
  const keep = (...said: unknown[]): void => void warned.push(...said);
  validate = new Ajv({ allErrors: true, logger: { log: keep, warn: keep, error: keep } }).compile(schema);
});
afterAll(() => project.remove());

test("a strict validator takes the schema without a word", () => {
  expect(warned).toEqual([]);
  expect(left).toEqual([]);
});

/** What the loader says of a config, rewards included. */
async function loads(text: string): Promise<boolean> {
  const file = join(project.folder, "pavlov.config.yaml");
  await writeFile(file, text);
  try {
    const loaded = await loadConfig({ path: file, schema: configSchema });
    const registry = await openRegistry({ plugins: [builtIn], cwd: project.folder });
    await composeFromConfig(loaded.value, registry.resolve, loaded, registry.preset);
    return true;
  } catch (thrown) {
    if (!PavlovError.isInstance(thrown)) throw thrown;
    return false;
  } finally {
    await rm(file);
  }
}

const start = "model: ./model\ndataset: train.jsonl\n";
const withReward = (use: string): string => `${start}rewards:\n  one: ${use}\n`;

const good: readonly string[] = [
  withReward("{ use: math }"),
  withReward("{ use: math, weight: 0.5, columns: { answer: solution }, params: { tolerance: 0.001, units: require } }"),
  withReward("{ use: pavlov/math, params: { requireBoxed: true } }"),
  withReward("{ use: length, timeout: 100, onError: { score: 0 }, retries: 2, concurrency: 1, isolate: false }"),
  withReward("{ use: judge, params: { model: m, baseUrl: http://127.0.0.1/v1 } }"),
  withReward("{ use: regex, params: { pattern: a+ } }"),
  withReward("{ use: sql/executes, params: { database: d } }"),
  withReward(
    "{ use: sql/executes, params: { database: d, order: same, rows: 1 }, columns: { query: sql, schema: s } }",
  ),
  withReward("{ use: pavlov-reward-sql#executes, params: { database: d } }"),
  withReward("{ use: ./rewards/mine.js }"),
  withReward("{ use: ./rewards/mine.js#mine, weight: -1 }"),
  withReward("{ use: rewards/mine.js#mine }"),
  `${start}rewards: { $preset: sql/recommended }\n`,
  `${start}rewards: { $preset: [sql/recommended], right: { use: exact-answer } }\n`,
  `${start}rewards: { right: { use: math }, also: { use: length, weight: 0 } }\ncombine: right\n`,
  `model: org/name\nrevision: main\ndataset: { path: [a.jsonl, b.jsonl], prompt: q, shuffle: 3, limit: 5 }\nevalDataset: x.csv\nrewards: { a: { use: math } }\n`,
  `${withReward("{ use: math }")}train: { numGenerations: 4, lossType: dapo, lora: { rank: 8 }, scaleRewards: false, learningRate: 1.0e-5 }\n`,
  `${withReward("{ use: math }")}evaluate: { success: [one], greedy: false }\nengine: { kind: tfjs, backend: cpu }\noutput: runs/x\n`,
];

const bad: readonly string[] = [
  "{}",
  start,
  `${start}rewards: {}\n`,
  `${start}rewards: [math]\n`,
  withReward("math"),
  withReward("{ weight: 1 }"),
  withReward("{ use: mth }"),
  withReward("{ use: pavlov/mth }"),
  withReward("{ use: sql/executs, params: { database: d } }"),
  withReward("{ use: other/executes }"),
  withReward("{ use: 3 }"),
  withReward('{ use: "" }'),
  withReward('{ use: "a b" }'),
  withReward("{ use: math, wieght: 1 }"),
  withReward("{ use: math, weight: heavy }"),
  withReward("{ use: math, params: { tolerence: 0.1 } }"),
  withReward("{ use: math, params: { tolerance: 7 } }"),
  withReward("{ use: pavlov/math, params: { tolerance: 7 } }"),
  withReward("{ use: math, params: { units: maybe } }"),
  withReward("{ use: math, params: [] }"),
  withReward("{ use: math, columns: { anser: solution } }"),
  withReward('{ use: math, columns: { answer: "" } }'),
  withReward("{ use: math, columns: { answer: 3 } }"),
  withReward("{ use: math, timeout: 0 }"),
  withReward("{ use: math, retries: 0.5 }"),
  withReward("{ use: math, onError: ignore }"),
  withReward("{ use: sql/executes }"),
  withReward("{ use: sql/executes, params: {} }"),
  withReward("{ use: sql/executes, params: { database: 3 } }"),
  withReward("{ use: sql/executes, params: { database: d, rows: 0 } }"),
  withReward("{ use: sql/executes, params: { database: d, order: random } }"),
  withReward("{ use: pavlov-reward-sql#executes, params: { database: d, colour: red } }"),
  withReward("{ use: sql/executes, params: { database: d }, columns: { table: t } }"),
  `${start}rewards: { 1st: { use: math } }\n`,
  `${start}rewards: { a-b: { use: math } }\n`,
  `${start}rewards: { constructor: { use: math } }\n`,
  `${start}rewards: { $preset: sql/recomended }\n`,
  `${start}rewards: { $preset: [] }\n`,
  `${start}rewards: { $presets: sql/recommended }\n`,
  `${start}rewards: { a: { use: math, weight: 2 } }\ncombine: a\n`,
  `${withReward("{ use: math }")}trian: {}\n`,
  `${withReward("{ use: math }")}train: { num_generations: 4 }\n`,
  `${withReward("{ use: math }")}train: { learningRate: fast }\n`,
  `${withReward("{ use: math }")}evaluate: { numGenerations: 0 }\n`,
  `${withReward("{ use: math }")}engine: { kind: cuda }\n`,
  "dataset: a.jsonl\nrewards: { a: { use: math } }\n",
  `model: ./model\ndataset: { path: a.jsonl, promt: q }\nrewards: { a: { use: math } }\n`,
  `model: ./model\ndataset: []\nrewards: { a: { use: math } }\n`,
];

describe("schema and loader take the same configs", () => {
  test.each(good)("good: %s", async (text) => {
    expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
    expect(await loads(text)).toBe(true);
  });
  test.each(bad)("bad: %s", async (text) => {
    expect(validate(parse(text))).toBe(false);
    expect(await loads(text)).toBe(false);
  });
});

/** A plugin whose one reward has these params. */
function withParams(params: Readonly<Record<string, unknown>>): CatalogPlugin {
  const reward = {
    ...executes,
    params,
    readsIfPresent: [],
    envIfPresent: [],
  } as unknown as CatalogPlugin["manifest"]["rewards"][string];
  return {
    package: { name: "pavlov-reward-sql", version: "1.0.0" },
    folder: "/",
    isBuiltIn: false,
    manifest: { $schema: "", apiVersion: 1, namespace: "sql", rewards: { executes: reward }, presets: {} },
  };
}

function verdict(params: Readonly<Record<string, unknown>>, given: object): unknown {
  const { schema, warnings } = configJsonSchema(configSchema, [withParams(params)], []);
  if (warnings.length > 0) return warnings;
  const config = { model: "m", dataset: "d", rewards: { a: { use: "sql/executes", params: given } } };
  return new Ajv().compile(schema)(config);
}

describe("schemas that plugins bring", () => {
  test("may refer to themselves", () => {
    const tree = {
      type: "object",
      properties: { root: { $ref: "#/definitions/node" } },
      definitions: {
        node: { type: "object", properties: { inner: { $ref: "#/definitions/node" } }, additionalProperties: false },
      },
    };
    expect(verdict(tree, { root: { inner: { inner: {} } } })).toBe(true);
    expect(verdict(tree, { root: { inner: { outer: {} } } })).toBe(false);
    expect(verdict(tree, { rot: {} })).toBe(false);
  });

  test("may be put together of parts, of which unknown names are refused too", () => {
    const parts = {
      allOf: [
        { type: "object", properties: { a: { type: "number" } } },
        { type: "object", properties: { b: { type: "number" } }, required: ["b"] },
      ],
    };
    expect(verdict(parts, { a: 1, b: 2 })).toBe(true);
    expect(verdict(parts, { a: 1 })).toBe(false);
    expect(verdict(parts, { b: 1, c: 2 })).toBe(false);
  });

  test("may be open", () => {
    expect(verdict({ type: "object", additionalProperties: { type: "number" } }, { any: 1 })).toBe(true);
    expect(verdict({ type: "object", additionalProperties: { type: "number" } }, { any: "x" })).toBe(false);
  });

  test("may use formats, lists of types and keywords of other drafts, which are read as far as draft-07 goes", () => {
    const newer = {
      type: "object",
      properties: { url: { type: "string", format: "uri" }, level: { type: ["integer", "null"], minimum: 1 } },
      unevaluatedProperties: false,
      $defs: { x: {} },
      "x-vendor": true,
    };
    expect(verdict(newer, { url: "anything", level: null })).toBe(true);
    expect(verdict(newer, { level: 0 })).toBe(false);
  });

  test.each([
    [{ type: "objekt" }],
    [{ type: "object", properties: { a: { pattern: "(", type: "string" } } }],
    [{ type: "object", properties: { a: { $ref: "#/definitions/gone" } } }],
    [{ type: "string" }],
  ])("that are wrong are left out, and named: %j", (params) => {
    expect(verdict(params, {})).toEqual([
      expect.stringMatching(/^The params of sql\/executes are not in the schema: ./),
    ]);
  });
});
