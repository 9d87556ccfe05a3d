/** `pavlov gpu build-tfjs` as a user types it, and what a run says where the addon cannot be used. */
import { readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuiltTfjs } from "@pavlov/trainer";
import type { Checks } from "../publish/checks.js";
import { run, type Finished } from "../publish/run-command.js";
import type { Ground } from "./main.js";

/** Builds the addon, damages it, takes TensorFlow away, and leaves it as it was built. */
export async function checkCommand(ground: Ground, checks: Checks): Promise<void> {
  const { project, packageFolder, tensorflow, repository } = ground;
  const bin = join(repository, "packages/cli/bin/pavlov.js");
  const pavlov = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    run(process.execPath, [bin, ...args], { cwd: project, env: { PAVLOV_TFJS_NODE: packageFolder, ...env } });
  const build = (folder: string, env: Readonly<Record<string, string>> = {}) =>
    pavlov(["gpu", "build-tfjs", "--tensorflow", folder, "--json"], env);
  const generate = (device: string, env: Readonly<Record<string, string>> = {}) => {
    const options = ["--prompt", "522+768=", "--temperature", "0", "--max-tokens", "24", "--json", "--device", device];
    return pavlov(["generate", "--model", join(repository, "models/arithmetic"), ...options], env);
  };
  const onCpu = { PAVLOV_TFJS_NODE_CPU: "1" };

  // Through a link, which can be taken away.
  const link = join(project, "tensorflow");
  await symlink(tensorflow, link);
  const built = await build(link);
  checks.equal("it builds", built.code, 0);
  const report = JSON.parse(built.stdout || "{}") as Partial<BuiltTfjs>;
  checks.check("it tells TensorFlow's version", /^2\.\d+/.test(report.tensorflow?.version ?? ""), built.stderr);
  checks.check("it computes", (report.gigaflops ?? 0) > 0, built.stdout);
  if (report.addon === undefined) throw new Error(`pavlov gpu build-tfjs: ${built.stderr}`);
  const { addon } = report;
  console.log(`      ${report.seconds?.toFixed(1)} s, ${report.gigaflops?.toFixed(1)} GFLOP/s, GPU: ${report.gpu}`);

  const answers = [await generate("tfjs-node-gpu", onCpu), await generate("cpu")].map(({ stdout }) =>
    completion(stdout),
  );
  checks.equal("it completes as the CPU does", answers[0], answers[1]);
  if (report.gpu === false) {
    const refused = await generate("tfjs-node-gpu");
    checks.equal("without a GPU it is refused", refused.code, 1);
    checks.holds("and the user is told", refused.stderr, "its TensorFlow sees no GPU");
  }

  const bytes = await readFile(addon);
  checks.equal("a compiler that fails is told", (await build(link, { CXX: process.execPath })).code, 1);
  checks.check("and the addon stays", bytes.equals(await readFile(addon)));
  await rm(addon);
  const missing = await generate("tfjs-node-gpu");
  checks.holds("a missing addon is told", missing.stderr, "has no addon", "pavlov gpu build-tfjs --tensorflow");
  await writeFile(addon, bytes.subarray(0, 100));
  checks.holds("a damaged addon is told", (await generate("tfjs-node-gpu", onCpu)).stderr, "is damaged");
  await writeFile(addon, bytes);
  await rename(link, `${link}-moved`);
  const moved = await generate("tfjs-node-gpu", onCpu);
  checks.holds("a TensorFlow that moved is told", moved.stderr, "does not find TensorFlow's library libtensorflow");
  await rename(`${link}-moved`, link);
  checks.equal("nothing is left beside the addon", (await readdir(dirname(addon))).length, 1);
}

const completion = (output: string): unknown => (JSON.parse(output || "{}") as { completion?: unknown }).completion;
