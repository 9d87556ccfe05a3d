// What editors make of the schema: the YAML language server, on a config that names it in its first line.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import server from "yaml-language-server";
import { createTestProject, dependingOn, installedPlugin, type TestProject } from "../catalog/project.test.fixture.js";

let project: TestProject;
let service: ReturnType<typeof server.getLanguageService>;
let uri: string;
let version = 0;
beforeAll(async () => {
  project = await createTestProject({
    "package.json": dependingOn("pavlov-reward-sql"),
    ...installedPlugin("pavlov-reward-sql"),
    "rewards/mine.ts": "export const mine = defineReward({});",
  });
  await project.pavlov("schema");
  uri = `${pathToFileURL(project.folder).href}/pavlov.config.yaml`;
  service = server.getLanguageService({
    // Nothing but files is asked for.
    schemaRequestService: (address) => readFile(new URL(address), "utf8"),
    workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
  });
  service.configure({ validate: true, completion: true, hover: true, customTags: [], schemas: [] });
});
afterAll(() => project.remove());

const start = "# yaml-language-server: $schema=.pavlov/config.schema.json\nmodel: ./m\ndataset: a.jsonl\n";
const document = (text: string) => TextDocument.create(uri, "yaml", ++version, start + text);

/** What is offered where the text has a `|`. */
async function offered(text: string): Promise<readonly string[]> {
  const [before = "", after = ""] = text.split("|");
  const config = document(before + after);
  const position = config.positionAt(start.length + before.length);
  const { items } = await service.doComplete(config, position, false);
  return items.map(({ label }) => label);
}

async function problems(text: string): Promise<readonly string[]> {
  const found = await service.doValidation(document(text), false);
  return found.map(({ range, message }) => `${range.start.line - 2}: ${message}`);
}

test("the rewards that there are are offered, with what they are for", async () => {
  const config = document("rewards:\n  correct:\n    use: \n");
  const { items } = await service.doComplete(config, { line: 5, character: 9 }, false);
  const labels = items.map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(["math", "exact-answer", "sql/executes", "./rewards/mine.ts"]));
  expect(items.find(({ label }) => label === "sql/executes")?.documentation).toBe(
    "Runs the completion's SQL. Reads query, schema?; range [0, 1]. pavlov-reward-sql@1.2.0",
  );
});

test("the params of the reward that is used are offered, and their values", async () => {
  expect(await offered("rewards:\n  q:\n    use: sql/executes\n    params:\n      |\n")).toEqual(
    expect.arrayContaining(["database", "rows", "order"]),
  );
  expect(await offered("rewards:\n  q:\n    use: math\n    params:\n      |\n")).toContain("requireBoxed");
  expect(await offered("rewards:\n  q:\n    use: math\n    params:\n      |\n")).not.toContain("database");
  expect(await offered("rewards:\n  q:\n    use: sql/executes\n    params:\n      order: |\n")).toEqual([
    "any",
    "same",
  ]);
});

test("its columns are offered, and the options of a use", async () => {
  expect(await offered("rewards:\n  q:\n    use: sql/executes\n    columns:\n      |\n")).toEqual(["query", "schema"]);
  expect(await offered("rewards:\n  q:\n    |\n")).toEqual(
    expect.arrayContaining(["use", "weight", "columns", "params"]),
  );
});

test("presets are offered, and options of training", async () => {
  expect(await offered("rewards:\n  $preset: |\n")).toContain("sql/recommended");
  expect(await offered("train:\n  |\n")).toEqual(expect.arrayContaining(["numGenerations", "learningRate", "lora"]));
});

test("a param tells what it is", async () => {
  const config = document("rewards:\n  q:\n    use: sql/executes\n    params:\n      database: d\n");
  const hover = await service.doHover(config, { line: 7, character: 8 });
  expect(JSON.stringify(hover?.contents)).toContain("Where it runs.");
});

test("a config that is right has no problems", async () => {
  const rewards =
    "rewards:\n  q: { use: sql/executes, params: { database: d }, columns: { query: sql } }\n  m: { use: ./x.ts }\n";
  expect(await problems(`${rewards}train: { maxSteps: 3 }\n`)).toEqual([]);
});

test("what is wrong is marked on its line", async () => {
  const rewards =
    "rewards:\n  a: { use: mth }\n  b:\n    use: math\n    params: { tolerence: 1 }\n    columns: { anser: x }\n" +
    "  c: { use: sql/executes, params: { database: d, rows: 0 } }\n  d: { use: sql/executes }\n";
  const found = await problems(rewards);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^2: Value must be "length"/),
      expect.stringMatching(/^5: Property tolerence is not allowed/),
      expect.stringMatching(/^6: Property anser is not allowed/),
      expect.stringMatching(/^7: Value is below the minimum of 1/),
      expect.stringMatching(/^8: Missing property "params"/),
    ]),
  );
});
