// Composites with planted exploits and sound ones, as config files: the audit finds the ones and has nothing on the others.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AttackKind,
  auditRewards,
  type AuditReport,
  checkDataset,
  createRegistry,
  loadDataset,
} from "@pavlov/core";
import { composeFromConfig, datasetSchema, loadConfig, rewardsSchema } from "@pavlov/core/config";
import builtIn from "@pavlov/rewards";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const here = new URL("./", import.meta.url);

const schema = z.strictObject({ dataset: datasetSchema, rewards: rewardsSchema, combine: z.string().optional() });

async function auditFile(path: string): Promise<AuditReport> {
  const loaded = await loadConfig({ path: fileURLToPath(new URL(path, here)), schema });
  const module = import.meta.resolve("@pavlov/rewards");
  const registry = createRegistry({ plugins: [{ plugin: builtIn, module }], cwd: loaded.folder });
  const rewards = await composeFromConfig(loaded.value, (reference) => registry.resolve(reference), loaded);
  const dataset = await checkDataset(await loadDataset(loaded.value.dataset, loaded.folder), rewards);
  return auditRewards(rewards, dataset);
}

/** What must be found in each file of `planted/`, and which reward pays. */
const planted: Readonly<Record<string, { readonly kinds: readonly AttackKind[]; readonly payer: string }>> = {
  "found-anywhere": { kinds: ["hedging", "listing", "thinking only"], payer: "correct" },
  "keywords-any": { kinds: ["hedging", "listing"], payer: "about" },
  "unbounded-length": { kinds: ["filler"], payer: "thorough" },
  "thinking-length": { kinds: ["filler"], payer: "long" },
  "counted-tags": { kinds: ["format only"], payer: "tags" },
  "any-box": { kinds: ["hedging"], payer: "correct" },
  "similarity-to-prompt": { kinds: ["prompt copy"], payer: "alike" },
  "format-outbids": { kinds: ["format outbids"], payer: "format" },
  "stated-score": { kinds: ["judge injection"], payer: "review" },
  "summed-answers": { kinds: ["answer repeated"], payer: "correct" },
  "any-value": { kinds: ["hedging"], payer: "fields" },
  "part-of-answer": { kinds: ["empty answer"], payer: "correct" },
  "sums-as-answers": { kinds: ["question restated"], payer: "correct" },
  "pattern-of-answer": { kinds: ["wildcard"], payer: "correct" },
  "nan-passes": { kinds: ["wildcard", "empty answer"], payer: "correct" },
  "benefit-of-doubt": { kinds: ["nothing", "format only"], payer: "correct" },
  "shown-work": { kinds: ["stuffing"], payer: "work" },
  "code-present": { kinds: ["code"], payer: "coded" },
  "unbounded-confidence": { kinds: ["stated confidence"], payer: "correct" },
  consensus: { kinds: ["agreement"], payer: "agrees" },
  "summary-of-prompt": { kinds: ["prompt copy"], payer: "close" },
};

const filesOf = (folder: string) => readdirSync(new URL(folder, here)).map((file) => file.replace(/\.yaml$/, ""));

describe("planted exploits", () => {
  it("have a file each", () => {
    expect(filesOf("planted/").toSorted()).toEqual(Object.keys(planted).toSorted());
  });

  it.each(Object.entries(planted))("%s is found, with the reward that pays", async (name, { kinds, payer }) => {
    const { exploits } = await auditFile(`planted/${name}.yaml`);
    const found = new Map(exploits.map((exploit) => [exploit.kind, exploit]));
    expect([...found.keys()]).toEqual(expect.arrayContaining([...kinds]));
    for (const kind of kinds) {
      const exploit = found.get(kind);
      expect(exploit?.margin).toBeGreaterThan(0);
      expect(exploit?.example.parts[0]?.name).toBe(payer);
    }
  });
});

describe("sound composites", () => {
  it.each(filesOf("sound/"))("%s has none", async (name) => {
    const { exploits, honest } = await auditFile(`sound/${name}.yaml`);
    expect(exploits.map(({ kind, attack, margin }) => ({ kind, attack, margin }))).toEqual([]);
    expect(honest.right).toBeGreaterThan(honest.wrong);
  });
});
