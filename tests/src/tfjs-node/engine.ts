/** The tests of the engine and of whole policies that are skipped where no addon was built. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checks } from "../publish/checks.js";
import { run } from "../publish/run-command.js";
import type { Ground } from "./main.js";

const files = ["packages/trainer/src/engine/tfjs/node-gpu.test.ts", "packages/trainer/src/policy/policy-gpu.test.ts"];

interface Results {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs them on the addon; each test counts. */
export async function checkEngine({ project, packageFolder, repository }: Ground, checks: Checks): Promise<void> {
  const output = join(project, "tests.json");
  const vitest = join(repository, "node_modules/vitest/vitest.mjs");
  const args = ["run", ...files, "-t", "on tfjs-node-gpu", "--reporter=json", `--outputFile=${output}`];
  const env = { PAVLOV_TFJS_NODE: packageFolder };
  const { code, stderr } = await run(process.execPath, [vitest, ...args], { cwd: repository, env });
  checks.equal("the tests run", code, 0);
  const { testResults } = JSON.parse(await readFile(output, "utf8").catch(() => `{"testResults":[]}`)) as Results;
  const tests = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "pending" && status !== "skipped");
  checks.check("they are there", tests.length > 80, stderr);
  for (const { fullName, status, failureMessages } of tests) {
    checks.check(fullName, status === "passed", failureMessages.join("\n"));
  }
}
