// Writes docs/rewards: a page for each built-in reward, from its manifest and its fixtures, and an index. Reads the build.
// Usage: node scripts/reference-pages.mjs [--check]
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { detailsOf } from "./reference/details.mjs";
import { pickExamples, readFixtures } from "./reference/examples.mjs";
import { renderIndex, renderPage } from "./reference/page.mjs";

const INDEX = "README.md";

/**
 * The pages by their file names.
 * @param {import("@pavlov/core").PluginManifest} manifest
 * @param {ReadonlyMap<string, Record<string, any>[]>} fixtures rows of each reward that has some
 * @param {string} readme of the package
 */
export function renderAll(manifest, fixtures, readme = "") {
  const rewards = Object.values(manifest.rewards);
  const details = detailsOf(
    readme,
    rewards.map(({ name }) => name),
  );
  const pages = rewards.map((reward) => [
    `${reward.name}.md`,
    renderPage(reward, pickExamples(fixtures.get(reward.name) ?? []), details.get(reward.name)),
  ]);
  return new Map([[INDEX, renderIndex(rewards)], ...pages]);
}

/**
 * What is not as it should be in a folder, a line for each file.
 * @param {ReadonlyMap<string, string>} pages
 * @param {string} folder
 */
export function staleFiles(pages, folder) {
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const stale = [...pages].filter(
    ([name, text]) => !present.includes(name) || readFileSync(join(folder, name), "utf8") !== text,
  );
  return [
    ...stale.map(([name]) => `${name} ${present.includes(name) ? "is not up to date" : "is missing"}`),
    ...present.filter((name) => !pages.has(name)).map((name) => `${name} belongs to no reward`),
  ];
}

async function main(argv) {
  const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
  const folder = join(root, "docs", "rewards");
  const [{ describePlugin }, { default: plugin }] = await Promise.all([
    import("../packages/core/dist/index.js"),
    import("../packages/rewards/dist/index.js"),
  ]);
  const fixtures = new Map();
  for (const name of Object.keys(plugin.rewards)) {
    const file = join(root, "packages", "rewards", "src", name, "fixtures.jsonl");
    if (existsSync(file)) fixtures.set(name, readFixtures(readFileSync(file, "utf8")));
  }
  const counts = Object.fromEntries([...fixtures].map(([name, rows]) => [name, rows.length]));
  const readme = readFileSync(join(root, "packages", "rewards", "README.md"), "utf8");
  const pages = renderAll(describePlugin(plugin, { fixtures: counts }), fixtures, readme);
  const stale = staleFiles(pages, folder);
  if (argv.includes("--check")) {
    for (const problem of stale)
      console.error(`docs/rewards/${problem}: run npm run reference, and commit what it writes.`);
    return stale.length === 0 ? 0 : 1;
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name));
  console.log(`${pages.size} pages in docs/rewards, ${stale.length} of them changed.`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
