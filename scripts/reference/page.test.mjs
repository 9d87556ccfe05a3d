import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry, describePlugin } from "@pavlov/core";
import { composeFromConfig, loadConfig, rewardsSchema } from "@pavlov/core/config";
import plugin from "@pavlov/rewards";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { pickExamples } from "./examples.mjs";
import { block, cell, code } from "./markdown.mjs";
import { detailsOf } from "./details.mjs";
import { configOf, costText, lineOf, rangeText, renderIndex, renderPage } from "./page.mjs";
import { typeText } from "./schema-text.mjs";

const { rewards } = describePlugin(plugin);

describe("typeText", () => {
  it.each([
    [z.string(), "text"],
    [z.int().positive(), "whole number, above 0"],
    [z.number().min(0).max(1).nullable(), "number, at least 0 and at most 1 or null"],
    [z.enum(["a", "b"]), "`a`, `b`"],
    [z.union([z.union([z.string(), z.array(z.string())]), z.null()]), "text, list of texts or null"],
    [z.array(z.union([z.string(), z.array(z.string())])), "list of (text or list of texts)"],
    [z.array(z.enum(["a", "b"])), "list of `a`, `b`"],
    [z.record(z.string(), z.unknown()), "object"],
    [z.unknown(), "anything"],
  ])("%#", (schema, text) => {
    expect(typeText(z.toJSONSchema(schema, { target: "draft-7", io: "input" }))).toBe(text);
  });
});

describe("Markdown", () => {
  it("keeps bars, breaks and tags inside a cell", () => {
    expect(cell("a | b\n<c> `<d>`")).toBe("a \\| b \\<c\\> `<d>`");
  });

  it("fences code with more backticks than it holds", () => {
    expect(code("a `b` c")).toBe("``a `b` c``");
    expect(code("`b`")).toBe("`` `b` ``");
    expect(code("a\nb")).toBe('`"a\\nb"`');
    expect(block("text", "```js\n```")).toBe("````text\n```js\n```\n````");
  });
});

describe("pickExamples", () => {
  const of = (...rows) => pickExamples(rows).map(({ score, name }) => [score, name]);

  it("takes the best and the worst, and of equals the one with a reason", () => {
    const plain = { name: "plain", completion: "a", score: 1 };
    const reasoned = { name: "reasoned", completion: "b", score: 1, reason: "as it should be" };
    const empty = { name: "empty", completion: "", score: 0, reason: "nothing" };
    const wrong = { name: "wrong", completion: "c", score: 0 };
    expect(of(plain, reasoned, empty, wrong)).toEqual([
      [1, "reasoned"],
      [0, "wrong"],
    ]);
  });

  it("prefers the params' defaults where they tell good from bad", () => {
    const rows = [
      { name: "good", completion: "a", score: 1 },
      { name: "bad", completion: "b", score: 0 },
      { name: "scaled", completion: "c", params: { scale: 9 }, score: 9 },
    ];
    expect(of(...rows)).toEqual([
      [1, "good"],
      [0, "bad"],
    ]);
    expect(of(...rows.slice(1))).toEqual([
      [9, "scaled"],
      [0, "bad"],
    ]);
  });

  it("takes none where there is no difference, or only errors", () => {
    expect(of({ name: "a", completion: "a", score: 1 }, { name: "b", completion: "b", error: "no" })).toEqual([]);
  });
});

describe("configOf", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pavlov-reference-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.values(rewards))("gives a config that works for $name", async (reward) => {
    writeFileSync(join(folder, "config.yaml"), configOf(reward));
    const schema = z.strictObject({ rewards: rewardsSchema });
    const loaded = await loadConfig({ path: "config.yaml", schema, workingDirectory: folder });
    const registry = createRegistry({ plugins: [{ plugin, module: "pavlov:rewards" }], cwd: folder });
    const composite = await composeFromConfig(loaded.value, (reference) => registry.resolve(reference), loaded);
    expect(Object.values(composite.parts).map((part) => part.reward.name)).toEqual([reward.name]);
  });
});

describe("lineOf", () => {
  it("gives what pavlov score reads on one line, columns called as in the config", () => {
    const row = { completion: "a\n b", params: { unit: "words" }, prompt: "p", columns: { answer: ["4"], tests: {} } };
    expect(lineOf(row)).toBe('{ "completion": "a\\n b", "prompt": "p", "solution": [ "4" ], "tests": {} }');
  });
});

describe("detailsOf", () => {
  it("gives each reward the sections that name it in bold", () => {
    const config = "```yaml\na: 1\n\nb: 2\n```";
    const readme = `# Title\n\n**\`a\` and \`b\`** go together.\n\n${config}\n\nMore.\n\n**Text** is text.\n\n**\`b\`** too.\n\nApache-2.0\n`;
    const details = detailsOf(readme, ["a", "b", "c"]);
    expect(details.get("a")).toEqual(["**`a` and `b`** go together.", config, "More."]);
    expect(details.get("b")).toEqual(["**`a` and `b`** go together.", config, "More.", "**`b`** too."]);
    expect(details.get("c")).toEqual([]);
  });
});

it("shows the completions of one prompt side by side", () => {
  const group = [
    { completion: "a", tokenIds: [1, 2], score: 0.5, reason: "short" },
    { completion: "a|b", tokenIds: [1, 2, 3], score: -1 / 3 },
  ];
  const flat = [
    { completion: "c", score: 0 },
    { completion: "d", score: 0 },
  ];
  const examples = pickExamples([
    { name: "no difference", group: flat },
    { name: "shorter is better", params: { unit: "tokens" }, group },
  ]);
  expect(renderPage(Object.values(rewards)[0], examples)).toContain(
    [
      "The completions of one prompt under `params: { unit: tokens }`: shorter is better.",
      "",
      "| score | completion | tokens | since |",
      "| --- | --- | --- | --- |",
      "| 0.5 | `a` | 2 | `short` |",
      "| -0.3333 | `a\\|b` | 3 |  |",
    ].join("\n"),
  );
});

it("tells range and cost in words", () => {
  expect([[0, 1], [null, 0], [0, null], [null, null], null].map(rangeText)).toEqual([
    "0 to 1",
    "0 and less",
    "0 and more",
    "any number",
    "depends on the params",
  ]);
  expect(costText({ needs: [], deterministic: true, cacheable: false, scope: "sample" })).toBe(
    "computed in the process; the same score each time",
  );
  expect(costText({ needs: ["network"], deterministic: false, cacheable: true, scope: "group" })).toBe(
    "asks a service over the network; scores may differ from time to time; results are kept on disk, by group",
  );
});

it("names every param, column and reward", () => {
  const index = renderIndex(Object.values(rewards));
  for (const reward of Object.values(rewards)) {
    const page = renderPage(reward, []);
    const named = [reward.params, reward.columns].flatMap(({ properties = {} }) => Object.keys(properties));
    for (const name of named) expect(page).toContain(`| \`${name}\` |`);
    expect(index).toContain(`(${reward.name}.md)`);
  }
});
