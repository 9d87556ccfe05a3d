// Checks each package as npm would publish it: entry points, types, files. Prints what is wrong, fails on any message.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const packages = new URL("../packages/", import.meta.url);
let problems = 0;

for (const folder of readdirSync(packages).sort()) {
  const pkgDir = fileURLToPath(new URL(folder, packages));
  const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), "utf8"));
  const { messages } = await publint({ pkgDir, pack: "npm", strict: true });
  console.log(`${manifest.name}: ${messages.length === 0 ? "nothing to mend" : ""}`);
  for (const message of messages)
    console.log(`  ${message.type}: ${formatMessage(message, manifest, { color: false })}`);
  problems += messages.length;
}

process.exitCode = problems === 0 ? 0 : 1;
