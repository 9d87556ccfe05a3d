import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineReward, definePlugin, describePlugin } from "@pavlov/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { renderAll, staleFiles } from "./reference-pages.mjs";

const short = defineReward({ name: "short", description: "1 if it is short.", range: [0, 1], score: () => 1 });
const manifest = describePlugin(definePlugin({ namespace: "test", rewards: { short } }), { fixtures: { short: 2 } });
const fixtures = new Map([
  [
    "short",
    [
      { name: "short", completion: "a", score: 1 },
      { name: "long", completion: "aaa", score: 0 },
    ],
  ],
]);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pavlov-reference-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("writes an index and a page for each reward, with its examples", () => {
  const pages = renderAll(manifest, fixtures);
  expect([...pages.keys()]).toEqual(["README.md", "short.md"]);
  expect(pages.get("short.md")).toContain('**0**: long\n\n```json\n{ "completion": "aaa" }\n```');
});

it("tells pages that are missing, old, or of no reward", () => {
  const pages = renderAll(manifest, fixtures);
  expect(staleFiles(pages, join(folder, "docs"))).toEqual(["README.md is missing", "short.md is missing"]);
  mkdirSync(join(folder, "docs"));
  for (const [name, text] of pages) writeFileSync(join(folder, "docs", name), text);
  expect(staleFiles(pages, join(folder, "docs"))).toEqual([]);
  writeFileSync(join(folder, "docs", "short.md"), "old");
  writeFileSync(join(folder, "docs", "long.md"), "");
  expect(staleFiles(pages, join(folder, "docs"))).toEqual([
    "short.md is not up to date",
    "long.md belongs to no reward",
  ]);
});
