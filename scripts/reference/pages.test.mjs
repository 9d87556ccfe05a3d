// The pages as they are: their examples score as they say, and their links lead somewhere.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRegistry, createScorer } from "@pavlov/core";
import { composeFromConfig, loadConfig, rewardsSchema } from "@pavlov/core/config";
import plugin from "@pavlov/rewards";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";

const pages = fileURLToPath(new URL("../../docs/rewards/", import.meta.url));
const names = readdirSync(pages).filter((name) => name.endsWith(".md"));
const folder = mkdtempSync(join(tmpdir(), "pavlov-pages-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Score, params as YAML and line of each example that a page gives as a line. */
function examplesOf(page) {
  const found = page.matchAll(/^\*\*(-?[\d.]+)\*\*(?: under (`+)params: (.*?)\2)?: .*\n\n`{3,}json\n(.*)\n`{3,}$/gm);
  return [...found].map(([, score, , params, line]) => ({ score: Number(score), params, row: JSON.parse(line) }));
}

/** What the page's own block of a config gives for a line. */
async function scoreOf(page, { params, row }) {
  const [, config] = /```yaml\n([\s\S]*?)```/.exec(page);
  const [, use] = /^ {2}(\w+):/m.exec(config);
  writeFileSync(join(folder, "config.yaml"), config);
  const overrides = params === undefined ? [] : [`rewards.${use}.params=${params}`];
  const schema = z.strictObject({ rewards: rewardsSchema });
  const loaded = await loadConfig({ path: "config.yaml", schema, overrides, workingDirectory: folder });
  const registry = createRegistry({
    plugins: [{ plugin, module: import.meta.resolve("@pavlov/rewards") }],
    cwd: folder,
  });
  const composite = await composeFromConfig(loaded.value, (reference) => registry.resolve(reference), loaded);
  const scorer = createScorer(composite, { onError: "fail" });
  const { completion, prompt, tokenIds, ...columns } = row;
  const given = {
    ...(prompt === undefined ? {} : { prompt, messages: [{ role: "user", content: prompt }] }),
    ...(tokenIds === undefined ? {} : { tokenIds }),
  };
  try {
    const { scores } = await scorer.score([{ completion, row: columns, groupId: "0", ...given }]);
    return scores[0][0];
  } finally {
    await scorer.dispose();
  }
}

const withExamples = names.filter((name) => examplesOf(readFileSync(join(pages, name), "utf8")).length > 0);

it("give lines to try for all rewards but those that compare, or need a service, a program or a model", () => {
  const without = names.filter((name) => !withExamples.includes(name));
  const others = ["README", "classifier", "command", "http", "judge", "judge-pairwise", "kimi-length"];
  expect(without.toSorted()).toEqual(others.map((name) => `${name}.md`).toSorted());
});

it.each(withExamples)("%s: each example scores as it says", async (name) => {
  const page = readFileSync(join(pages, name), "utf8");
  for (const example of examplesOf(page)) expect(await scoreOf(page, example)).toBeCloseTo(example.score, 4);
});

it.each(names)("%s: links lead to files that are there", (name) => {
  const links = [...readFileSync(join(pages, name), "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const files = links.filter((link) => !/^https?:/.test(link)).map((link) => link.split("#")[0]);
  expect(files.filter((file) => !existsSync(join(dirname(join(pages, name)), file)))).toEqual([]);
});
