/**
 * tfjs-node-gpu with an addon that is built here, against a TensorFlow that pip downloaded:
 * `node tests/dist/tfjs-node/main.js <folder> [--package FOLDER] [--keep]`. The folder is one that `pavlov gpu build-tfjs`
 * takes; TensorFlow for CPUs does. npm installs the package into a new project, unless a folder of it is given, whose
 * addon is then another one afterwards. The last line counts checks and tests; exits with 1 where one fails.
 */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openChecks } from "../publish/checks.js";
import { mustRun } from "../publish/run-command.js";
import { checkCommand } from "./command.js";
import { checkEngine } from "./engine.js";

const packageName = "@tensorflow/tfjs-node-gpu";

/** What is checked, and with what. */
export interface Ground {
  /** A new project. */
  readonly project: string;
  /** The folder of tfjs-node-gpu. */
  readonly packageFolder: string;
  /** The folder of TensorFlow. */
  readonly tensorflow: string;
  readonly repository: string;
}

async function install(project: string): Promise<string> {
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await mustRun("npm", ["install", ...quiet, `${packageName}@4.22.0`], { cwd: project });
  return join(project, "node_modules", packageName);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { package: { type: "string" }, keep: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [tensorflow] = positionals;
  if (tensorflow === undefined) {
    console.error("Give the folder of TensorFlow, such as that of: pip install --no-deps --target tf tensorflow-cpu");
    return 2;
  }
  const project = await realpath(await mkdtemp(join(tmpdir(), "pavlov-tfjs-node-")));
  const checks = openChecks((line) => console.log(line));
  const started = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  try {
    const packageFolder = values.package === undefined ? await install(project) : resolve(values.package);
    say(`tfjs-node-gpu in ${packageFolder}`);
    const repository = fileURLToPath(new URL("../../../", import.meta.url));
    const ground: Ground = { project, packageFolder, tensorflow: resolve(tensorflow), repository };
    await checkCommand(ground, checks);
    say("built, and its failures told");
    await checkEngine(ground, checks);
    say("engine and policy compared with the CPU's");
  } catch (error) {
    checks.check("the road to its end", false, error instanceof Error ? error.message : String(error));
  }
  const { passed, failed } = checks.counts;
  if (values.keep || failed > 0) console.log(`All is in ${project}.`);
  else await rm(project, { recursive: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
