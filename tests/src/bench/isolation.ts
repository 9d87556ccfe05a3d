/**
 * Measures how soon a reward that computes for ever is ended: in a file of the project's own and in the package of a
 * plugin, both in a project of their own, isolated and with a limit of 100 ms.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  compose,
  createScorer,
  definePlugin,
  defineReward,
  describePlugin,
  openRegistry,
  use,
  type ScorerSample,
} from "@pavlov/core";
import type { Measurement } from "./measurement.js";

const LIMIT = 100;
const SAMPLES = 16;
const ROUNDS = 5;

const packages = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

const reward = `import { defineReward } from "@pavlov/core";
export const spin = defineReward({
  name: "spin",
  description: "1, or never.",
  range: [0, 1],
  score({ completion }) {
    while (completion === "spin") {}
    return 1;
  },
});
`;

const described = definePlugin({
  namespace: "endless",
  rewards: { spin: defineReward({ name: "spin", description: "1, or never.", range: [0, 1], score: () => 1 }) },
});

const installed = "node_modules/pavlov-reward-endless";

/** A project that depends on a plugin. */
const files: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ type: "module", dependencies: { "pavlov-reward-endless": "1.0.0" } }),
  "rewards/spin.ts": reward,
  "rewards/spin.mjs": reward,
  [`${installed}/package.json`]: JSON.stringify({
    name: "pavlov-reward-endless",
    version: "1.0.0",
    type: "module",
    keywords: ["pavlov-reward"],
    exports: { ".": "./index.js", "./manifest.json": "./manifest.json", "./package.json": "./package.json" },
    pavlov: { apiVersion: 1, manifest: "./manifest.json" },
  }),
  [`${installed}/manifest.json`]: JSON.stringify(
    describePlugin(described, { version: "1.0.0", fixtures: { spin: 1 } }),
  ),
  [`${installed}/index.js`]: `import { definePlugin } from "@pavlov/core";
import { spin } from "./spin.js";
export default definePlugin({ namespace: "endless", rewards: { spin } });
`,
  [`${installed}/spin.js`]: reward,
};

const samplesWith = (endless: number): ScorerSample[] =>
  Array.from({ length: SAMPLES }, (_, index) => ({
    completion: index < endless ? "spin" : "done",
    row: {},
    groupId: "0",
  }));

interface Rounds {
  /** The slowest and the median of the rounds. */
  readonly slowest: number;
  readonly median: number;
  /** Samples that end by themselves and have no score: of a machine that is too busy to answer in time. */
  readonly lost: number;
}

/** Scores 16 samples of which some never end, on a scorer that is ready. */
const scoreRounds = async (project: string, reference: string, endless: number): Promise<Rounds> => {
  const found = await (await openRegistry({ cwd: project })).resolve(reference);
  const part = use(found.reward, { isolate: true, timeout: LIMIT, ...(found.source ? { source: found.source } : {}) });
  const scorer = createScorer(compose({ spin: part }), { onError: "drop" });
  const times: number[] = [];
  let lost = 0;
  try {
    await scorer.setup();
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const { total } = await scorer.score(samplesWith(endless));
      times.push(performance.now() - start);
      lost += total.slice(endless).filter((score) => score !== 1).length;
      if (total.slice(0, endless).some((score) => score !== null))
        throw new Error(`${reference} scored what never ends.`);
    }
  } finally {
    await scorer.dispose();
  }
  times.sort((left, right) => left - right);
  return { slowest: times.at(-1) ?? 0, median: times[Math.floor(ROUNDS / 2)] ?? 0, lost };
};

/** One figure for each way in which a project has a reward. */
export const measureIsolation = async (): Promise<Measurement[]> => {
  const project = await mkdtemp(join(tmpdir(), "pavlov-bench-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
    await mkdir(join(project, "node_modules/@pavlov"), { recursive: true });
    await symlink(join(packages, "@pavlov/core"), join(project, "node_modules/@pavlov/core"));
    await symlink(join(packages, "zod"), join(project, "node_modules/zod"));
    const references = ["./rewards/spin.ts", "./rewards/spin.mjs", "endless/spin", "pavlov-reward-endless#spin"];
    const measurements: Measurement[] = [];
    let lost = 0;
    for (const reference of references) {
      for (const endless of [1, 4]) {
        const rounds = await scoreRounds(project, reference, endless);
        lost += rounds.lost;
        const name = `${reference}, ${endless} of ${SAMPLES} samples without end, limit ${LIMIT} ms`;
        // Several take turns in the threads; and the slowest tells how busy the machine is.
        const bar = endless === 1 ? { atMost: 500 } : {};
        measurements.push({ name: `${name}: median of ${ROUNDS}`, value: rounds.median, unit: "ms", ...bar });
        measurements.push({ name: `${name}: slowest`, value: rounds.slowest, unit: "ms" });
      }
    }
    return [...measurements, { name: "samples that end, without a score", value: lost, unit: "", atMost: 0 }];
  } finally {
    await rm(project, { recursive: true });
  }
};
