// Files that a plugin's code loads by require, and those of its folder that no longer belong to what its code is: fixtures, and what was built of removed sources.
import { beforeAll, afterAll, expect, test } from "vitest";
import { createTestPlugin, never, type TestPlugin } from "../plugin.test.fixture.js";
import { checkPlugin } from "./check-plugin.js";

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await createTestPlugin({ named: true });
  await plugin.build();
});
afterAll(() => plugin.remove());

async function findings(of: TestPlugin): Promise<readonly string[]> {
  const report = await checkPlugin(of.folder, { signal: never });
  return report.findings.map(({ rule, message, fix }) => `${rule}: ${message} ${fix}`);
}

test("the template keeps every rule, with all that it names", async () => {
  expect(await findings(plugin)).toEqual([]);
});

test("fixtures that no reward reads are told with what to call them", async () => {
  const other = await plugin.copy();
  await other.write("fixtures/scoer.jsonl", "");
  await other.write("fixtures/old-name.yaml", "");
  await other.write("fixtures.json", "[]");
  expect(await findings(other)).toEqual([
    "fixtures: fixtures.json is not run: it is not where fixtures are read from. Call it fixtures/score.yaml.",
    'fixtures: fixtures/old-name.yaml is not run: it is for the reward "old-name", which is not among score. ' +
      "Remove it, or name it after its reward: fixtures/score.yaml.",
    'fixtures: fixtures/scoer.jsonl is not run: it is for the reward "scoer", which is not among score. ' +
      "Move its rows into fixtures/score.jsonl.",
  ]);
  await other.remove();
});

test("what was built of a source that is gone is told, since it would be published", async () => {
  const other = await plugin.copy();
  await other.write("src/old.ts", "export const old = 1;\n");
  await other.build();
  await other.drop("src/old.ts");
  await other.write("dist/words.txt", "a file that a reward reads");
  expect(await findings(other)).toEqual([
    "build: dist/old.d.ts, dist/old.js are of no source any more, and would be published. " +
      "Remove dist, and run: pavlov plugin build",
  ]);
  // Another program may write there too.
  await other.editPackage((file) => (file["scripts"] = { build: "pavlov plugin build && node generate.js" }));
  expect(await findings(other)).toEqual([]);
  await other.remove();
});

test("what the code requires must be there for those who install it, and what it computes cannot be told", async () => {
  const other = await plugin.copy();
  const code = `
import { createRequire } from "node:module";
const load = createRequire(import.meta.url);
export const version: unknown = load("../data/words.json");
export const later = () => [load("@acme/undeclared"), createRequire(import.meta.url).resolve("vitest"), load("node:fs")];
export const language = (name: string): unknown => import(name);
`;
  await other.edit("src/score.ts", (text) => `${text}${code}`);
  await other.write("data/words.json", "{}");
  await other.build();
  const report = await checkPlugin(other.folder, { signal: never });
  expect(report.findings.map(({ rule, message, isWarning = false }) => [rule, message, isWarning])).toEqual([
    [
      "imports",
      expect.stringMatching(/^dist\/score\.js computes what it loads: import\(name\)\. Whether that is published/),
      true,
    ],
    [
      "imports",
      expect.stringMatching(/^dist\/score\.js imports @acme\/undeclared, which package\.json does not name/),
      false,
    ],
    [
      "imports",
      expect.stringMatching(/^dist\/score\.js imports vitest, which package\.json has among "devDependencies"/),
      false,
    ],
    ["imports", "dist/score.js needs data/words.json, which would not be published.", false],
  ]);
  await other.remove();
});

test("a reward that README and description name, and that is not there, is told", async () => {
  const other = await plugin.copy();
  const renamed = (text: string): string => text.replaceAll('name: "score"', 'name: "scores"');
  await other.edit("src/score.ts", renamed);
  await other.edit("src/index.ts", (text) =>
    text.replace("rewards: { score }", "rewards: { scores: score }").replace("{ score:", "{ scores:"),
  );
  await other.edit("examples/score-completions.ts", (text) => text.replace("rewards.score", "rewards.scores"));
  await other.write("fixtures/scores.jsonl", await other.read("fixtures/score.jsonl"));
  await other.drop("fixtures/score.jsonl");
  await other.edit("test/score.test.ts", (text) => text.replace("score.jsonl", "scores.jsonl"));
  await other.edit("README.md", (text) => `${text}\nSee my-reward/docs and https://example.org/my-reward/score.\n`);
  await other.build();
  const fix = "It has my-reward/scores, my-reward/recommended.";
  const gone = 'names my-reward/score, which the plugin does not have. Did you mean "scores"?';
  expect(await findings(other)).toEqual([
    `examples: README.md ${gone} ${fix}`,
    `examples: The description in package.json ${gone} ${fix}`,
  ]);
  await other.remove();
});
