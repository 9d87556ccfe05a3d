import { afterAll, beforeAll, expect, test } from "vitest";
import { type Catalog, openCatalog } from "./catalog.js";
import { findInCatalog } from "./find.js";
import { createTestProject, dependingOn, installedPlugin, type TestProject } from "./project.test.fixture.js";

let project: TestProject;
let catalog: Catalog;
beforeAll(async () => {
  project = await createTestProject({
    "package.json": dependingOn("@acme/pavlov-reward-sql", "pavlov-reward-text", "pavlov-reward-old"),
    ...installedPlugin("@acme/pavlov-reward-sql"),
    ...installedPlugin("pavlov-reward-text", { manifest: { presets: {}, rewards: {} } }),
    ...installedPlugin("pavlov-reward-old", { manifest: { apiVersion: 0 } }),
  });
  catalog = await openCatalog(project.folder);
});
afterAll(() => project.remove());

test.each([
  ["math", "reward"],
  ["pavlov/math", "reward"],
  ["@pavlov/rewards#math", "reward"],
  ["sql/executes", "reward"],
  ["@acme/pavlov-reward-sql#executes", "reward"],
  ["sql/recommended", "preset"],
  ["sql", "plugin"],
  ["@acme/pavlov-reward-sql", "plugin"],
  ["pavlov", "plugin"],
])("%s is a %s", (text, kind) => {
  expect(findInCatalog(catalog, text).kind).toBe(kind);
});

test.each([
  ["mth", 'Did you mean "math"?'],
  ["executes", 'Did you mean "sql/executes"?'],
  ["sql/executs", 'Did you mean "sql/executes"?'],
  ["sql/recomended", 'Did you mean "sql/recommended"?'],
  ["pavlov-reward-txt", 'Did you mean "pavlov-reward-text"?'],
  ["@acme/pavlov-reward-sql#executs", 'Did you mean "executes"?'],
  ["pavlov-reward-text#any", 'There is no reward "pavlov-reward-text#any".'],
  ["constructor", 'There is no reward or plugin "constructor" here.'],
  ["sql/constructor", 'There is no reward or plugin "sql/constructor" here.'],
  ["a b", 'There is no reward, file or plugin "a b" here.'],
  ["", 'There is no reward, file or plugin "" here.'],
  ["pavlov-reward-old", "pavlov-reward-old@1.2.0 cannot be used: it is made for version 0"],
  ["old/score", "pavlov-reward-old@1.2.0 cannot be used: it is made for version 0"],
])("%j is none: %s", (text, message) => {
  expect(() => findInCatalog(catalog, text)).toThrow(message);
});
