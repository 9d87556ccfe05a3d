/** Faults planted in a plugin that is otherwise as it was made: each is found, by its own sentence, and nothing else is. */
import { defineReward } from "@pavlov/core";
import { fixturesFromRows, survivingMutants, type FixtureRow } from "@pavlov/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PluginTimes } from "../build.js";
import { compile } from "../compiler.js";
import type { Finding, Rule } from "../finding.js";
import { createTestPlugin, never, type TestPlugin } from "../plugin.test.fixture.js";
import { checkPlugin } from "./check-plugin.js";

/** Milliseconds, for processes on a machine that does other things too. */
const LONG = 240_000;

let good: TestPlugin;
let plugin: TestPlugin;
beforeAll(async () => {
  good = await createTestPlugin();
  await good.build();
});
beforeEach(async () => {
  plugin = await good.copy();
});
afterEach(() => plugin.remove());
afterAll(() => good.remove());

const check = (times: PluginTimes = {}) => checkPlugin(plugin.folder, { signal: never, ...times });
const found = (rule: Rule, message: string): Finding =>
  expect.objectContaining({ rule, message: expect.stringContaining(message), fix: expect.stringMatching(/\w/) });
const only = (rule: Rule, message: string): readonly Finding[] => [found(rule, message)];
const lines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");
const columns = { answer: "4" };

/** Puts rewards like the template's in its place, each with a fault of its own in its code. */
async function plantRewards(faults: Readonly<Record<string, string>>): Promise<void> {
  const names = Object.keys(faults);
  for (const name of names) {
    const code = (await good.read("src/score.ts"))
      .replace("export const score", `export const ${name}`)
      .replace('name: "score"', `name: "${name}"`)
      .replace("{ completion, columns }", "{ completion, columns, index }")
      .replace("const metrics = { words };", `const metrics = { words, place: index * 0 };\n    ${faults[name]}`);
    await plugin.write(`src/${name}.ts`, code);
    const fixtures = await good.read("fixtures/score.jsonl");
    await plugin.write(`fixtures/${name}.jsonl`, fixtures.replace(', "metrics": {"words": 5}', ""));
  }
  const imports = names.map((name) => `import { ${name} } from "./${name}.js";`);
  const index = `import { definePlugin } from "@pavlov/core";\n${imports.join("\n")}\n
export default definePlugin({ namespace: "my-reward", rewards: { ${names.join(", ")} } });\n`;
  await plugin.write("src/index.ts", index);
  for (const path of ["src/score.ts", "fixtures/score.jsonl", "examples", "test", "dist"]) await plugin.drop(path);
}

test("a plugin as it was made keeps every rule", async () => {
  const report = await check();
  expect(report.findings).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.checked).toEqual([{ kind: "checked", reward: "score", fixtures: 11, checks: expect.any(Number) }]);
  expect(report.packed).toContain("dist/manifest.json");
});

test("fixtures that prove nothing, or that the reward does not pass, are told reward by reward", async () => {
  await plantRewards({ constant: "", noise: "", noLow: "", wrong: "", missing: "" });
  await plugin.write(
    "fixtures/constant.jsonl",
    lines([
      { completion: "4", columns, score: [0, 1] },
      { completion: "5", columns, score: [0, 1] },
    ]),
  );
  await plugin.write("fixtures/noise.jsonl", lines(await rowsThatNoisePasses()));
  await plugin.write(
    "fixtures/noLow.jsonl",
    lines([
      { completion: "4", columns, score: 1 },
      { completion: "5", columns: { answer: "" }, score: null },
      { completion: "x\n4", columns, params: { maxWords: 1, penalty: 0.25 }, score: 0.75 },
    ]),
  );
  await plugin.edit("fixtures/wrong.jsonl", (text) => text.replace('"score": 0.5', '"score": 0.6'));
  await plugin.drop("fixtures/missing.jsonl");
  await plugin.build();
  const { findings, checked } = await check();
  expect(findings).toEqual([
    found(
      "fixtures",
      'The fixtures of "constant" prove little: a reward that does not look at completions passes them.',
    ),
    found("fixtures", 'The fixtures of "noise" prove little: a reward that does not look at completions passes them.'),
    found("fixtures", 'The reward "noLow": it has no fixture of a low score'),
    found("fixtures", 'The reward "wrong" does not pass 1 of its 11 fixtures.'),
    found("fixtures", 'The reward "missing" has no fixtures: there is no fixtures/missing.jsonl.'),
  ]);
  const details = findings.map((finding) => finding.details?.join("\n"));
  expect(details[0]).toContain("always 1, its highest score");
  expect(details[1]).toMatch(/^What passes: random numbers in its range \(seed \d\)/);
  expect(details[3]).toContain("score 0.5, not 0.6");
  expect(checked.map(({ reward }) => reward)).toEqual(["constant", "noise", "noLow", "wrong"]);
});

/** A row that must score high and one that must score low, of which some noise gives both; no constant does. */
async function rowsThatNoisePasses(): Promise<readonly FixtureRow[]> {
  const range: readonly [number, number] = [0, 1];
  const blind = defineReward({ name: "blind", description: "Noise.", range, score: () => 0 });
  for (let index = 0; ; index++) {
    const rows: readonly FixtureRow[] = [
      { completion: `${index}\n4`, columns, score: [0.51, 1] },
      { completion: `${index}\n5`, columns, score: [0, 0.49] },
    ];
    if (survivingMutants(blind, await fixturesFromRows(rows)).length > 0) return rows;
  }
}

test("fixtures that lack a param are told once, with what to write", async () => {
  await plugin.edit("src/score.ts", (text) => text.replace(".default(200)", ""));
  for (const path of ["examples", "test"]) await plugin.drop(path);
  await plugin.build();
  const { findings } = await check();
  expect(findings).toEqual(only("scores", 'the param "maxWords" is missing'));
  expect(findings[0]?.fix).toBe('Give the param a default, or name it under "params" in the fixtures.');
});

test("fixtures that cannot be read are told by line", async () => {
  await plugin.edit("fixtures/score.jsonl", (text) => text.replace('"completion": "paris"', '"compleetion": "paris"'));
  const { findings } = await check();
  expect(findings).toEqual(only("fixtures", 'The fixtures of "score" cannot be read.'));
  expect(findings[0]?.details?.join("\n")).toMatch(/^fixtures\/score\.jsonl:6:/);
});

test("fixtures that would not be published are missed", async () => {
  await plugin.editPackage((file) => (file["files"] = ["dist"]));
  expect((await check()).findings).toEqual(only("pack", "fixtures/score.jsonl would not be published"));
});

test("what the code needs and users would not have is told", async () => {
  await plugin.editPackage((file) => {
    file["peerDependencies"] = { "@pavlov/core": "^0.1.0" };
    file["dependencies"] = { declared: "1" };
  });
  await plugin.write("data/words.txt", "yes");
  await plugin.write("../beside.js", "export {};");
  const code = `
import { statSync } from "fs";
// A comment is none: import "in-a-comment"; new URL("./gone.txt", import.meta.url)
/** import { x } from "in-an-example"; */
const text = 'import "in-a-text"';
export const lazily = () => Promise.all([import("declared/part"), import("@acme/undeclared/part.js"), import("../../beside.js")]);
export const own = () => import("pavlov-reward-my-reward");
export const size = statSync(new URL("../data/words.txt", import.meta.url)).size + text.length;
`;
  await plugin.edit("dist/score.js", (text) => text + code);
  const { findings } = await check();
  expect(findings.filter(({ rule }) => rule === "imports")).toEqual([
    found("imports", 'dist/score.js imports zod, which package.json has among "devDependencies" alone'),
    found("imports", "dist/score.js imports @acme/undeclared/part.js, which package.json does not name"),
    found("imports", "dist/score.js needs ../beside.js, which lies outside the package"),
    found("imports", "dist/score.js needs data/words.txt, which would not be published."),
  ]);
  expect(findings.find(({ rule }) => rule === "imports")?.fix).toMatch(
    /^Write: "peerDependencies": \{ "zod": "\^4\.2\.0"/,
  );
});

test(
  "rewards that break their promises are told one by one; a hang, or an end of the process, stops no other",
  { timeout: LONG },
  async () => {
    await plantRewards({
      tooHigh: "if (text.length > 1000) return 2;",
      infinite: "if (text.length > 1000) return words / 0;",
      hanging: "while (text.length > 1000) continue;",
      random: "if (words === 5) return { score: 1 - Math.random() / 1000, reason: 'the last line is the answer' };",
      ending: "if (text.length > 1000) process.exit(3);",
      placed: "if (words === 5) return { score: 1 - index / 1000, reason: 'the last line is the answer' };",
      throwing: "if (text.length > 1000) throw new Error('too long');",
      good: "",
    });
    await plugin.build();
    const { findings, checked } = await check({ timeBudget: 2000 });
    expect(findings).toEqual([
      found("scores", "scored twice, it gave"),
      found("scores", "in another order of the batch"),
      found(
        "survives",
        'On 100 kB of one letter: scoring failed: Reward "tooHigh" returned 2, outside its range [0, 1]',
      ),
      found("survives", "Infinity"),
      found("survives", 'The reward "hanging" was still busy after 6 s, where it was to do this: survives'),
      found("survives", 'The reward "ending" ended the process with exit code 3, where it was to do this: survives'),
      found("survives", "too long"),
    ]);
    const names = ["random", "placed", "tooHigh", "infinite", "hanging", "ending", "throwing"];
    expect(findings.map(({ reward }) => reward)).toEqual(names);
    const fixes = ["deterministic: false", "deterministic: false", "inside the range", "inside the range"];
    expect(findings.map(({ fix }) => fix).slice(0, 4)).toEqual(fixes.map((fix) => expect.stringContaining(fix)));
    expect(findings.at(-1)?.fix).toContain("it must never make a reward throw");
    expect(checked.map(({ reward }) => reward)).toEqual([
      "tooHigh",
      "infinite",
      "random",
      "placed",
      "throwing",
      "good",
    ]);
  },
);

describe("code", () => {
  const compiled = async (): Promise<void> => {
    const { errors } = await compile(plugin, "tsconfig.build.json");
    expect(errors).toEqual([]);
  };

  test("that throws when it is imported", async () => {
    await plugin.edit("src/index.ts", (text) => `${text}\nif (true as boolean) throw new Error("no key is set");\n`);
    await compiled();
    expect((await check()).findings).toEqual(only("entry", "could not be imported: no key is set."));
  });

  test("that never comes to the end of its import", async () => {
    await plugin.edit("src/index.ts", (text) => `${text}\nwhile (true as boolean) continue;\n`);
    await compiled();
    const { findings } = await check({ importTime: 3000 });
    expect(findings).toEqual(only("entry", "could not be imported: it was still busy after 3 s."));
  });

  test("that exports something else than a plugin", async () => {
    await plugin.write("src/index.ts", 'import { score } from "./score.js";\n\nexport default { score };\n');
    await compiled();
    expect((await check()).findings).toEqual(
      only("entry", "exports by default an object that definePlugin did not make, where a plugin must be."),
    );
  });

  test("whose columns JSON Schema cannot say", async () => {
    await plugin.edit("src/score.ts", (text) =>
      text.replace("columns: z.object({", "columns: z.object({ when: z.date().optional(),"),
    );
    await compiled();
    expect((await check()).findings).toEqual(only("schema", 'Columns or params of "score" cannot be described.'));
  });

  test("that was changed after the build", async () => {
    await plugin.edit("src/score.ts", (text) => text.replace("right, and", "right, but"));
    expect((await check()).findings).toEqual(only("build", "dist/score.js is not what the sources give."));
  });

  test("whose manifest is that of an earlier version", async () => {
    await plugin.edit("dist/manifest.json", (text) => text.replace('"default": 200', '"default": 100'));
    expect((await check()).findings).toEqual(
      only("manifest", "rewards.score.params.properties.maxWords.default is 100 there, and 200 in the code"),
    );
  });

  test("whose manifest is gone", async () => {
    await plugin.drop("dist/manifest.json");
    expect((await check()).findings).toEqual(only("manifest", "The manifest ./dist/manifest.json is not there."));
  });

  test("whose sources do not type-check", async () => {
    await plugin.edit("src/score.ts", (text) => text.replace("range: [0, 1]", 'range: [0, "1"]'));
    const { findings } = await check();
    expect(findings).toEqual(only("types", "The plugin does not type-check."));
    expect(findings[0]?.details?.[0]).toMatch(/^src\/score\.ts\(\d+,\d+\): error TS/);
  });

  test("whose example does not type-check", async () => {
    await plugin.edit("examples/score-completions.ts", (text) =>
      text.replace('{ answer: "solution" }', '{ anser: "solution" }'),
    );
    const { findings } = await check();
    expect(findings).toEqual(only("examples", "An example does not type-check."));
    expect(findings[0]?.details?.[0]).toMatch(/^examples\/score-completions\.ts\(\d+,\d+\): error TS/);
  });

  test("whose tests do not type-check, nor a program of its README", async () => {
    await plugin.edit("test/score.test.ts", (text) => text.replace('{ answer: "Paris" }', "{ answer: 1 }"));
    const program = ["```ts", 'import plugin from "pavlov-reward-my-reward";', "plugin.rewards.scores;", "```"];
    await plugin.edit("README.md", (text) => `${program.join("\n")}\n${text}\n\`\`\`ts\nconst fragment = ;\n\`\`\`\n`);
    const { findings } = await check();
    expect(findings).toEqual([
      ...only("types", "The plugin does not type-check."),
      ...only("examples", "An example does not type-check."),
    ]);
    expect(findings[0]?.details?.[0]).toContain("test/score.test.ts(");
    expect(findings[1]?.details?.[0]).toMatch(/^README\.md\(3,16\): error TS/);
  });
});

test("all that is wrong is told at once", async () => {
  await plugin.editPackage((file) => {
    file["keywords"] = [];
    file["exports"] = {
      ".": { default: "./dist/index.js", types: "./dist/index.d.ts" },
      "./package.json": "./package.json",
    };
  });
  await plugin.write("fixtures/.env", "KEY=1");
  await plugin.edit("dist/manifest.json", (text) => text.replace("0.1.0", "0.0.9"));
  const { findings } = await check();
  expect(findings.map(({ rule }) => rule)).toEqual(["keyword", "exports", "manifest", "secrets", "publint", "publint"]);
});

test("a plugin that is not built is told so, and what needs no build is looked at", async () => {
  await plugin.drop("dist");
  const { findings, skipped } = await check();
  expect(findings).toEqual(only("build", "The plugin is not built: there is no ./dist/index.js."));
  expect(skipped).toContain("survives");
});
