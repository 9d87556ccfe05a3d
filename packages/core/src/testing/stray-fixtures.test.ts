import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findStrayFixtures } from "./stray-fixtures.js";

async function strays(rewards: readonly string[], ...files: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-stray-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "");
  }
  const found = await findStrayFixtures(folder, rewards);
  return found.map(({ file, isMisspelt, reason, fix }) => `${isMisspelt ? "" : "? "}${file} ${reason}. ${fix}`);
}

test("what is read is not stray, nor what is no fixture", async () => {
  expect(
    await strays(
      ["brief", "cites"],
      "fixtures/brief.jsonl",
      "fixtures/brief.yaml",
      "fixtures/cites.yml",
      "fixtures/cites.requests.json",
      "fixtures/cites.json",
      "src/brief/fixtures.jsonl",
      "src/brief/index.ts",
      "fixtures/page.html",
      "fixtures/database.json",
      "fixtures/README.md",
      "fixtures/.gitkeep",
      "fixtures/deeper/other.jsonl",
      "fixture/users.yaml",
      "package.json",
    ),
  ).toEqual([]);
});

test.each([
  [
    "fixtures/breif.jsonl",
    /is for the reward "breif", which is not among brief, cites\. Call it fixtures\/brief\.jsonl\.$/,
  ],
  ["fixtures/Brief.yaml", /is for the reward "Brief".* Call it fixtures\/brief\.yaml\.$/],
  [
    "fixtures/brief.json",
    /is of a kind that is not read \(\.jsonl, \.yaml, \.yml are\)\. Call it fixtures\/brief\.yaml\.$/,
  ],
  ["fixtures/brief.ndjson", /of a kind that is not read.* Call it fixtures\/brief\.jsonl\.$/],
  ["fixtures/brief.JSONL", /of a kind that is not read.* Call it fixtures\/brief\.jsonl\.$/],
  ["fixtures/breif.requests.json", /is for the reward "breif".* Call it fixtures\/brief\.requests\.json\.$/],
  ["fixtures/fixture.jsonl", /is named after no reward\. Call it fixtures\/<reward>\.jsonl\.$/],
  ["fixtures.jsonl", /is not where fixtures are read from\. Call it fixtures\/<reward>\.jsonl\.$/],
  ["fixture/brief.yaml", /is not where fixtures are read from\. Call it fixtures\/brief\.yaml\.$/],
  ["src/brief/fixture.jsonl", /Call it src\/brief\/fixtures\.jsonl\.$/],
  ["src/brief/fixtures.json", /Call it src\/brief\/fixtures\.yaml\.$/],
])("%s is nearly read", async (file, message) => {
  const found = await strays(["brief", "cites"], "fixtures/cites.jsonl", file);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(message);
  expect(found[0]).toMatch(new RegExp(`^${file.replaceAll(".", "\\.")} `));
});

test("fixtures and recordings of what is no reward may be something else", async () => {
  expect(await strays(["brief"], "fixtures/score.jsonl", "fixtures/score.requests.json")).toEqual([
    '? fixtures/score.jsonl is for the reward "score", which is not among brief. ' +
      "Remove it, or name it after its reward: fixtures/brief.jsonl.",
    '? fixtures/score.requests.json is for the reward "score", which is not among brief. ' +
      "Remove it, or name it after its reward: fixtures/brief.requests.json.",
  ]);
});

test("rows that belong into a file that is there are moved, not the file", async () => {
  expect(await strays(["brief"], "fixtures/brief.yaml", "fixtures/breif.jsonl")).toEqual([
    'fixtures/breif.jsonl is for the reward "breif", which is not among brief. Move its rows into fixtures/brief.yaml.',
  ]);
});

test("of one reward the name is known", async () => {
  expect(await strays(["brief"], "fixtures.yml")).toEqual([
    "fixtures.yml is not where fixtures are read from. Call it fixtures/brief.yml.",
  ]);
});
