// Writes packages/rewards/dist/manifest.json: what the built-in rewards are, as every plugin's package says it, so that
// they are listed without being loaded. Part of the package's build: reads what tsc has written.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describePlugin } from "../packages/core/dist/index.js";
import plugin from "../packages/rewards/dist/index.js";

const folder = new URL("../packages/rewards/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));

const fixtures = Object.fromEntries(
  Object.keys(plugin.rewards).map((name) => {
    const file = new URL(`src/${name}/fixtures.jsonl`, folder);
    const rows = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    return [name, rows.filter((row) => row.trim() !== "").length];
  }),
);
const file = fileURLToPath(new URL("dist/manifest.json", folder));
// Whoever reads it meanwhile finds the one before.
writeFileSync(`${file}.new`, `${JSON.stringify(describePlugin(plugin, { version, fixtures }), null, 2)}\n`);
renameSync(`${file}.new`, file);
