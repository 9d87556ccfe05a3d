/** The user's part: install the published plugin into a new project, find it, compose it, and train with it. */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PublishedPlugin, Road } from "./author.js";
import { mustRun, run, type Finished } from "./run-command.js";

export interface UserRoad extends Road {
  readonly plugin: PublishedPlugin;
  /** Folder of a small model. */
  readonly model: string;
}

interface Listed {
  readonly plugins: readonly { readonly package: string; readonly version: string; readonly namespace: string }[];
}

export async function trainWithPlugin(road: UserRoad): Promise<void> {
  const { folder, tarballs, registry, checks, say, plugin, model } = road;
  await mkdir(folder, { recursive: true });
  await cp(model, join(folder, "models/arithmetic"), { recursive: true });
  const own = {
    "@pavlov/core": tarballs.core,
    "@pavlov/rewards": tarballs.rewards,
    "@pavlov/trainer": tarballs.trainer,
    pavlov: tarballs.cli,
    "create-pavlov-reward": tarballs["create-pavlov-reward"],
  };
  const dependencies = Object.fromEntries(Object.entries(own).map(([key, path]) => [key, `file:${path}`]));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies,
      allowScripts: { "onnxruntime-node": false, protobufjs: false, "core-js": false },
    }),
  );
  // The plugin's scope has a registry and a token of its own.
  await writeFile(
    join(folder, ".npmrc"),
    `onnxruntime-node-install=skip\n@acme:registry=${registry.url}\n${registry.login}`,
  );
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder, timeout: 600_000 });
  say("Pavlov installed");
  const installed = await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", plugin.name], {
    cwd: folder,
  });
  checks.check("the published plugin installs", installed.code === 0, installed.stderr);
  say("plugin installed");
  const pavlov = (...args: readonly string[]): Promise<Finished> =>
    run("npx", ["--no-install", "pavlov", ...args], { cwd: folder });

  const listed = await pavlov("list", "--json");
  checks.equal("pavlov list", listed.code, 0);
  const { plugins } = JSON.parse(listed.stdout || "{}") as Partial<Listed>;
  checks.equal(
    "the plugin is listed with its package",
    plugins?.map((each) => [each.namespace, each.package, each.version]).slice(1),
    [[plugin.namespace, plugin.name, "0.1.0"]],
  );
  const reference = `${plugin.namespace}/${plugin.reward}`;
  const info = await pavlov("info", reference);
  checks.holds("pavlov info tells of the reward", info.stdout, plugin.reward, plugin.name, "sha256-");
  const found = await pavlov("search", "polite", "--registry", registry.url);
  checks.holds("pavlov search finds it", found.stdout + found.stderr, plugin.name, "0.1.0");
  checks.holds("what the registry does not say is unknown", found.stdout, "unknown");
  checks.check("the token is not shown", !`${found.stdout}${found.stderr}`.includes(registry.token));

  await writeFile(join(folder, "data.jsonl"), rows());
  await writeFile(join(folder, "pavlov.config.yaml"), config(reference));
  const trained = await pavlov("train", "pavlov.config.yaml", "--json");
  checks.check("two steps of training", trained.code === 0, trained.stdout.slice(-1_000) + trained.stderr);
  say("trained");
  await compareMeans(road, pavlov);
  await checkRecord(road, pavlov);
  await checkTypedConfig(road, pavlov);
  await checkMistakes(road, pavlov, reference);
  say("mistakes tried");
}

function rows(): string {
  const sums = Array.from({ length: 8 }, (_, index) => [100 + 37 * index, 211 + 53 * index] as const);
  return sums.map(([a, b]) => `${JSON.stringify({ question: `${a}+${b}=`, solution: String(a + b) })}\n`).join("");
}

const config = (reference: string, columns = "{ answer: solution }"): string => `model: ./models/arithmetic
dataset: { path: data.jsonl, prompt: question }
rewards:
  mine: { use: ${reference}, weight: 0.5, columns: ${columns} }
  format: { use: think-answer }
train: { numGenerations: 4, perDeviceTrainBatchSize: 8, maxCompletionLength: 32, learningRate: 1e-5, maxSteps: 2, loggingSteps: 1 }
output: runs/first
`;

/** What training logged is what scoring its logged completions anew gives. */
async function compareMeans(
  { folder, checks }: UserRoad,
  pavlov: (...args: string[]) => Promise<Finished>,
): Promise<void> {
  const metrics = (await readFile(join(folder, "runs/first/metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
  const logged = metrics.filter((line) => line["rewards/mine/mean"] !== undefined);
  checks.equal("steps with the reward's mean", logged.length, 2);
  const files = (await readdir(join(folder, "runs/first/completions")))
    .filter((file) => file.endsWith(".jsonl"))
    .toSorted();
  for (const [index, file] of files.entries()) {
    const scored = await pavlov(
      "score",
      "pavlov.config.yaml",
      "--completions",
      `runs/first/completions/${file}`,
      "--json",
    );
    const scores = scored.stdout
      .trim()
      .split("\n")
      .map(
        (line) =>
          (JSON.parse(line) as { rewards: Record<string, { score: number | null }> }).rewards["mine"]?.score ?? null,
      )
      .filter((score) => score !== null);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const said = logged[index]?.["rewards/mine/mean"] ?? Number.NaN;
    checks.check(`rewards/mine/mean of ${file}: logged ${said}, scored anew ${mean}`, Math.abs(mean - said) < 1e-6);
  }
}

/** The record of the run names the plugin as it was, and --frozen holds to it. */
async function checkRecord(
  { folder, checks, plugin }: UserRoad,
  pavlov: (...args: string[]) => Promise<Finished>,
): Promise<void> {
  const record = await readFile(join(folder, "runs/first/config.json"), "utf8");
  checks.holds("the run's record names package, version and integrity", record, plugin.name, '"0.1.0"', "sha256-");
  const entry = join(folder, "node_modules", plugin.name, "dist/index.js");
  const code = await readFile(entry, "utf8");
  const again = ["train", "pavlov.config.yaml", "--frozen", "--output"];
  const same = await pavlov(...again, "runs/first", "--set", "train.maxSteps=2");
  checks.check("--frozen starts where nothing changed", !/differ/i.test(same.stderr), same.stdout + same.stderr);
  await writeFile(entry, `${code}\n// changed\n`);
  const changed = await pavlov(...again, "runs/first");
  checks.equal("--frozen refuses a plugin that changed", changed.code, 1);
  checks.holds("and says which", changed.stderr, plugin.name);
  await writeFile(entry, code);
  const locked = await pavlov("lock", "pavlov.config.yaml");
  checks.check("pavlov lock", locked.code === 0, locked.stdout + locked.stderr);
  const held = await pavlov(
    "score",
    "pavlov.config.yaml",
    "--frozen",
    "--completions",
    "runs/first/completions/step-000001.jsonl",
  );
  checks.check("and --frozen holds to that", held.code === 0, held.stderr);
}

/** A config in TypeScript binds the plugin's reward to the dataset's columns; its lock file names the package. */
async function checkTypedConfig(
  { folder, checks, plugin }: UserRoad,
  pavlov: (...args: string[]) => Promise<Finished>,
): Promise<void> {
  await writeFile(
    join(folder, "typed.config.ts"),
    `import { dataset } from "@pavlov/core";
import { defineConfig } from "pavlov";
import plugin from "${plugin.name}";
import { z } from "zod";

const rows = dataset(z.object({ question: z.string(), solution: z.string() }), "data.jsonl");

export default defineConfig({
  model: "./models/arithmetic",
  dataset: { path: rows.source, prompt: "question" },
  rewards: {
    mine: rows.use(plugin.rewards.${plugin.reward}, { weight: 0.5, columns: { answer: "solution" } }),
    full: { use: "${plugin.name}#${plugin.reward}", columns: { answer: "solution" } },
  },
  output: "runs/typed",
});
`,
  );
  const valid = await pavlov("config", "typed.config.ts");
  checks.holds("a config in TypeScript with a bound reward", valid.stdout + valid.stderr, "is a valid config", "mine");
  const locked = await pavlov("lock", "typed.config.ts");
  checks.holds("its lock file names the plugin", locked.stdout, `of ${plugin.name}@0.1.0`);
  checks.check("and nothing in it is unlocked", locked.stderr === "", locked.stderr);
}

/** What a newcomer does wrong. */
async function checkMistakes(
  { folder, checks, plugin }: UserRoad,
  pavlov: (...args: string[]) => Promise<Finished>,
  reference: string,
): Promise<void> {
  const write = (text: string): Promise<void> => writeFile(join(folder, "mistake.yaml"), text);
  await write(config(reference, "{ answer: result }"));
  const column = await pavlov("train", "mistake.yaml");
  checks.equal("a missing column ends the start", column.code, 1);
  checks.holds("and is named with file, line and column", column.stderr, "mistake.yaml:4:", "result", "solution");
  await write(config(reference.replace(/.$/, "")));
  checks.holds(
    "a misspelt reward has a suggestion",
    (await pavlov("train", "mistake.yaml")).stderr,
    `Did you mean "${reference}"?`,
  );
  await mustRun("npm", ["uninstall", "--no-audit", "--no-fund", plugin.name], { cwd: folder });
  await write(config(reference));
  checks.holds(
    "a plugin that is not installed",
    (await pavlov("train", "mistake.yaml")).stderr,
    `There is no reward "${reference}"`,
  );
}
