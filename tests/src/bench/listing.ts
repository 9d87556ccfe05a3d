/** What `pavlov list` takes in a project of 200 installed packages, of which 20 are plugins: the whole process. */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describePlugin, definePlugin, defineReward } from "@pavlov/core";
import { z } from "zod";
import type { Measurement } from "./measurement.js";

const packages = 200;
/** One in so many packages is a plugin. */
const every = 10;
const rewardsOfEach = 4;
const runs = 15;
/** Milliseconds. */
const bar = 300;

const pavlov = fileURLToPath(new URL("../../../packages/cli/bin/pavlov.js", import.meta.url));

/**
 * Each command some times, in turns, beside a Node.js that does nothing and npm's own list. The bar is on the
 * shortest wait: others may use the machine too.
 */
export async function measureListing(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-listing-"));
  try {
    await install(folder);
    const took = new Map<string, Run[]>(Object.keys(programs).map((name) => [name, []]));
    for (let run = 0; run <= runs; run += 1) {
      for (const [name, { args, prints }] of Object.entries(programs)) {
        const one = timeOf(args, prints, folder);
        // The first of each fills the file system's cache.
        if (run > 0) took.get(name)?.push(one);
      }
    }
    const npm = Array.from({ length: 5 }, () => wallOf("npm", ["ls"], "pavlov-reward-0", folder).wall);
    return [
      ...[...took].flatMap(([name, all]): Measurement[] => [
        {
          name: `${name}, processor`,
          value: median(all.map(({ processor }) => processor)),
          unit: "ms",
        },
        { name: `${name}, wall, least`, value: Math.min(...all.map(({ wall }) => wall)), unit: "ms", ...barOf(name) },
      ]),
      { name: "npm ls, wall, least", value: Math.min(...npm), unit: "ms" },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of one run. */
interface Run {
  readonly wall: number;
  /** Of the processor, of all threads. */
  readonly processor: number;
}

/** What Node.js is started with, and what it must print: a failure is not measured. */
const programs: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: string }>> = {
  "node -e 0": { args: ["-e", "0"], prints: "" },
  "pavlov list": { args: [pavlov, "list"], prints: "pavlov-reward-0" },
  "pavlov list --json": { args: [pavlov, "list", "--json"], prints: '"package":"pavlov-reward-0"' },
};

const barOf = (name: string): { readonly atMost?: number } => (name.startsWith("pavlov") ? { atMost: bar } : {});

function timeOf(args: readonly string[], prints: string, folder: string): Run {
  const report = "const { user, system } = process.cpuUsage(); process.stderr.write(`took ${(user + system) / 1000}`)";
  const told = `data:text/javascript,process.on("exit",()=>{${encodeURIComponent(report)}})`;
  const { wall, stderr } = wallOf(process.execPath, ["--import", told, ...args], prints, folder);
  return { wall, processor: Number(/took ([\d.]+)/.exec(stderr)?.[1]) };
}

function wallOf(command: string, args: readonly string[], prints: string, folder: string) {
  const started = performance.now();
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  const wall = performance.now() - started;
  if (error) throw error;
  if (!stdout.includes(prints)) throw new Error(`${command} ${args.join(" ")} printed: ${stdout}${stderr}`);
  return { wall, stderr };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

async function install(folder: string): Promise<void> {
  const dependencies: Record<string, string> = {};
  for (let index = 0; index < packages; index += 1) {
    const isPlugin = index % every === 0;
    const name = isPlugin ? `pavlov-reward-${index}` : `package-${index}`;
    dependencies[name] = "^1.0.0";
    await installOne(join(folder, "node_modules", name), name, isPlugin ? `n${index}` : undefined);
  }
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "listing", version: "1.0.0", dependencies }));
}

async function installOne(folder: string, name: string, namespace: string | undefined): Promise<void> {
  await mkdir(join(folder, "dist"), { recursive: true });
  const plugin = {
    keywords: ["pavlov-reward"],
    peerDependencies: { "@pavlov/core": ">=0.1.0" },
    peerDependenciesMeta: { "@pavlov/core": { optional: true } },
    pavlov: { apiVersion: 1, manifest: "./dist/manifest.json" },
  };
  const file = { name, version: "1.0.0", type: "module", ...(namespace === undefined ? {} : plugin) };
  await writeFile(join(folder, "package.json"), JSON.stringify(file));
  if (namespace === undefined) return;
  await writeFile(join(folder, "dist", "manifest.json"), `${JSON.stringify(manifestOf(namespace), null, 2)}\n`);
}

/** Rewards as usual plugins have them: a few settings and columns, with words on each. */
function manifestOf(namespace: string) {
  const rewards = Object.fromEntries(
    Array.from({ length: rewardsOfEach }, (_, index) => {
      const name = `reward-${index}`;
      const reward = defineReward({
        name,
        description: "How well the completion answers. Compared with the right answer, word by word.",
        columns: z.object({ answer: z.string().describe("The right answer."), hint: z.string().optional() }),
        params: z.object({
          weight: z.number().min(0).max(1).default(0.5).describe("How much each word counts."),
          unit: z.enum(["words", "characters"]).default("words").describe("What is compared."),
          strict: z.boolean().default(false).describe("Whether capitals matter."),
        }),
        range: [0, 1],
        score: () => 1,
      });
      return [name, reward];
    }),
  );
  return describePlugin(definePlugin({ namespace, rewards }), { version: "1.0.0" });
}
