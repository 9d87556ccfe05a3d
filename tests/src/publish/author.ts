/** The author's part: create a plugin, test, build and check it, publish it. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checks } from "./checks.js";
import type { LocalRegistry } from "./local-registry.js";
import type { Tarballs } from "./main.js";
import { mustRun, run } from "./run-command.js";

export interface Road {
  readonly folder: string;
  readonly tarballs: Tarballs;
  readonly registry: LocalRegistry;
  readonly checks: Checks;
  readonly say: (line: string) => void;
}

/** What was published. */
export interface PublishedPlugin {
  readonly name: string;
  readonly namespace: string;
  readonly reward: string;
}

const scope = "@acme";
const name = `${scope}/pavlov-reward-polite`;

/** An idea: answers that are right and short. It has many values, so that a mean says something. */
const reward = `import { defineReward } from "@pavlov/core";
import { z } from "zod";

export const score = defineReward({
  name: "score",
  description: "Half for the dataset's answer anywhere in the completion, and up to half for being short.",
  columns: z.object({ answer: z.string().min(1).describe("What must stand in the completion.") }),
  params: z.object({ longest: z.int().min(1).default(100).describe("Characters from which on nothing is short.") }),
  range: [0, 1],
  score({ completion, columns }, { params }) {
    const found = completion.includes(columns.answer);
    const shortness = 1 - Math.min(completion.length, params.longest) / params.longest;
    return { score: (found ? 0.5 : 0) + shortness / 2, reason: \`\${found ? "right" : "wrong"}, \${completion.length} long\` };
  },
});
`;
const test = `import { testReward } from "@pavlov/core/vitest";
import { score as reward } from "../src/score.js";

testReward(reward, { fixtures: new URL("../fixtures/score.jsonl", import.meta.url) });
`;
const fixtures = [
  { name: "right and short", completion: "4", columns: { answer: "4" }, score: 0.995 },
  { name: "right and long", completion: "4".repeat(100), columns: { answer: "4" }, score: 0.5 },
  { name: "wrong and half as long", completion: "5".repeat(50), columns: { answer: "4" }, score: 0.25 },
  { name: "wrong and long", completion: "5".repeat(10), params: { longest: 10 }, columns: { answer: "4" }, score: 0 },
]
  .map((row) => `${JSON.stringify(row)}\n`)
  .join("");

export async function publishPlugin({ folder, tarballs, registry, checks, say }: Road): Promise<PublishedPlugin> {
  await mkdir(folder, { recursive: true });
  // The starter comes from the registry as well: npm create fetches and runs it.
  const npmrc = join(folder, ".npmrc");
  await writeFile(npmrc, `${registry.login}registry=${registry.url}\n`);
  await mustRun("npm", ["publish", tarballs["create-pavlov-reward"]], { cwd: folder });
  const created = await run("npm", ["create", "--yes", "pavlov-reward", name, "--", "--no-install"], { cwd: folder });
  checks.check("npm create pavlov-reward makes a package", created.code === 0, created.stdout + created.stderr);
  checks.holds("and says what comes next", created.stdout + created.stderr, "npm test");
  const project = join(folder, "pavlov-reward-polite");
  say("created");

  // What is not published here comes as it was packed; all else from where npm is told to look.
  await writeFile(join(project, ".npmrc"), `${registry.login}${scope}:registry=${registry.url}\n`);
  const packageFile = join(project, "package.json");
  const before = JSON.parse(await readFile(packageFile, "utf8")) as { devDependencies: Record<string, string> };
  const own = {
    "@pavlov/core": tarballs.core,
    "@pavlov/rewards": tarballs.rewards,
    pavlov: tarballs.cli,
    "create-pavlov-reward": tarballs["create-pavlov-reward"],
  };
  const local = Object.fromEntries(Object.entries(own).map(([key, path]) => [key, `file:${path}`]));
  const asWritten = await readFile(packageFile, "utf8");
  await writeFile(
    packageFile,
    JSON.stringify({ ...before, devDependencies: { ...before.devDependencies, ...local } }, null, 2),
  );
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: project });
  await writeFile(packageFile, asWritten);
  say("installed");

  const started = await run("npm", ["test"], { cwd: project });
  checks.check("its tests pass as it was made", started.code === 0, started.stdout + started.stderr);
  checks.check("and there are some", /Tests\s+\d+ passed/.test(started.stdout), started.stdout + started.stderr);
  await writeFile(join(project, "src/score.ts"), reward);
  const stale = await run("npx", ["pavlov", "test"], { cwd: project });
  checks.equal("pavlov test finds that the fixtures are another reward's", stale.code, 1);
  await writeFile(join(project, "fixtures/score.jsonl"), fixtures);
  await writeFile(join(project, "test/score.test.ts"), test);
  say("an own reward and its fixtures written");

  const early = await run("npx", ["pavlov", "plugin", "check"], { cwd: project });
  checks.equal("plugin check refuses what was not built since", early.code, 1);
  const built = await run("npx", ["pavlov", "plugin", "build"], { cwd: project });
  checks.check("plugin build", built.code === 0, built.stdout + built.stderr);
  await writeFile(join(project, "fixtures/scroe.jsonl"), "");
  const stray = await run("npx", ["pavlov", "test"], { cwd: project });
  checks.equal("pavlov test fails on fixtures of a misspelt name", stray.code, 1);
  checks.holds("and says where their rows belong", stray.stdout, "Move its rows into fixtures/score.jsonl.");
  await rm(join(project, "fixtures/scroe.jsonl"));
  const checked = await run("npx", ["pavlov", "plugin", "check"], { cwd: project });
  checks.check("plugin check passes", checked.code === 0, checked.stdout + checked.stderr);
  for (const [program, ...args] of [
    ["npm", "test"],
    ["npx", "pavlov", "test"],
  ] as const) {
    const tested = await run(program, args, { cwd: project });
    checks.check(`${program} ${args.join(" ")} passes`, tested.code === 0, tested.stdout + tested.stderr);
  }
  say("tested, built and checked");

  const published = await run("npm", ["publish"], { cwd: project });
  checks.check("npm publish", published.code === 0, published.stdout + published.stderr);
  say("published");
  const manifest = JSON.parse(await readFile(join(project, "dist/manifest.json"), "utf8")) as {
    namespace: string;
    rewards: Record<string, unknown>;
  };
  return { name, namespace: manifest.namespace, reward: Object.keys(manifest.rewards)[0] ?? "" };
}
