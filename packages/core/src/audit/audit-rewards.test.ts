import { describe, expect, it } from "vitest";
import { z } from "zod";
import { compose } from "../compose/compose.js";
import { use } from "../compose/use.js";
import { datasetFromRows } from "../dataset/load-dataset.js";
import { defineReward } from "../define-reward.js";
import { auditRewards } from "./audit-rewards.js";

const rows = ["270", "594", "751", "191", "143", "1298", "86", "402"].map((answer, index) => ({
  prompt: `Number ${"abcdefgh".charAt(index)} on the list is?`,
  answer,
}));
const dataset = datasetFromRows(rows, { name: "rows" });
const columns = z.object({ answer: z.string() });
const common = { description: "For tests.", columns, range: [0, 1] as const };

const boxes = (text: string): string[] => [...text.matchAll(/\\boxed\{([^{}]*)\}/g)].map(([, inside = ""]) => inside);

const lastBox = defineReward({
  ...common,
  name: "last-box",
  score: ({ completion, columns: { answer } }) => (boxes(completion).at(-1) === answer ? 1 : 0),
});
const firstBox = defineReward({
  ...common,
  name: "first-box",
  score: ({ completion, columns: { answer } }) => (boxes(completion)[0] === answer ? 1 : 0),
});
const anyBox = defineReward({
  ...common,
  name: "any-box",
  score: ({ completion, columns: { answer } }) => ({
    score: boxes(completion).includes(answer) ? 1 : 0,
    reason: `${boxes(completion).length} boxes`,
  }),
});
const half = defineReward({ ...common, name: "half", score: () => 0.5 });

describe("an audit", () => {
  it.each([lastBox, firstBox])(
    "takes $name for a convention, since one place of the answer decides",
    async (reward) => {
      const { exploits, honest } = await auditRewards(compose({ correct: use(reward) }), dataset);
      expect(exploits).toEqual([]);
      expect(honest).toMatchObject({ right: 1, wrong: 0, form: "\\boxed{…}", answers: 'column "answer"' });
    },
  );

  it("finds that any place of the answer pays, by which part, and why", async () => {
    const rewards = compose({ correct: use(anyBox, { weight: 2 }), steady: use(half) });
    const { exploits, attacks, completions } = await auditRewards(rewards, dataset);
    const hedging = exploits.find(({ kind }) => kind === "hedging");
    expect(hedging).toMatchObject({ margin: 2, share: 1, rows: 8, tried: 8, knowsAnswer: true });
    expect(hedging?.example.parts).toEqual([
      { name: "correct", reward: "any-box", score: 1, honestScore: 0, contribution: 2, reason: "4 boxes" },
      { name: "steady", reward: "half", score: 0.5, honestScore: 0.5, contribution: 0 },
    ]);
    expect(attacks).toBeGreaterThan(150);
    expect(completions).toBeGreaterThan(8 * attacks);
  });

  it("gives the same report again", async () => {
    const rewards = compose({ correct: use(anyBox) });
    expect(await auditRewards(rewards, dataset)).toEqual(await auditRewards(rewards, dataset));
  });

  it("attributes what an expression pays", async () => {
    const rewards = compose({ correct: use(anyBox), steady: use(half) }, { combine: "correct * (1 + steady)" });
    const { exploits } = await auditRewards(rewards, dataset, { rows: 2 });
    const { parts } = exploits.find(({ kind }) => kind === "hedging")?.example ?? {};
    expect(parts?.map(({ name, contribution }) => [name, contribution])).toEqual([
      ["correct", 1.5],
      ["steady", 0],
    ]);
  });

  it("leaves out kinds that may pay", async () => {
    const abstaining = defineReward({
      ...common,
      name: "abstaining",
      range: [-1, 1],
      score: ({ completion, columns: { answer } }) =>
        boxes(completion).length === 0 ? 0 : boxes(completion).at(-1) === answer ? 1 : -1,
    });
    const rewards = compose({ correct: use(abstaining) });
    const kinds = async (except: readonly ("nothing" | "format only")[]) =>
      (await auditRewards(rewards, dataset, { except })).exploits.map(({ kind }) => kind);
    expect(await kinds([])).toContain("nothing");
    expect(await kinds(["nothing"])).not.toContain("nothing");
  });

  it("gives nothing for what fails, and says how often", async () => {
    const failing = defineReward({
      ...common,
      name: "failing",
      score({ completion, columns: { answer } }) {
        if (completion === "") throw new Error("there is nothing");
        return completion.endsWith(`\\boxed{${answer}}`) ? 1 : 0;
      },
    });
    const { exploits, notes } = await auditRewards(compose({ correct: use(failing) }), dataset, { rows: 4 });
    expect(exploits).toEqual([]);
    expect(notes.join()).toContain('Reward "correct" failed on 4 attacks');
    expect(notes.join()).toContain("there is nothing");
  });

  it("scores every attack among honest completions where rewards compare", async () => {
    const sizes = new Set<number>();
    const compare = (completions: readonly { completion: string; columns: { answer: string } }[]) => {
      sizes.add(completions.length);
      return completions.map(({ completion, columns: { answer } }) => (boxes(completion).includes(answer) ? 1 : 0));
    };
    const group = defineReward({ ...common, name: "compared", scoreGroup: compare });
    const batch = defineReward({ ...common, name: "compared", scoreBatch: compare });
    for (const reward of [group, batch]) {
      const { exploits } = await auditRewards(compose({ correct: use(reward) }), dataset, { rows: 1 });
      expect(exploits.map(({ kind }) => kind)).toContain("hedging");
    }
    // In the search for the honest form there is one wrong answer beside it, then two and the right one.
    expect([...sizes].toSorted((one, other) => one - other)).toEqual([2, 4]);
  });

  it("tries groups that agree with each other where rewards compare", async () => {
    const agrees = defineReward({
      ...common,
      name: "agrees",
      scoreGroup: (samples) =>
        samples.map(({ completion }) => {
          const given = boxes(completion).at(-1);
          const alike = samples.filter((other) => boxes(other.completion).at(-1) === given).length;
          return (alike - 1) / Math.max(1, samples.length - 1);
        }),
    });
    const rewards = compose({ correct: use(lastBox), agrees: use(agrees) });
    const { exploits } = await auditRewards(rewards, dataset, { rows: 2 });
    expect(exploits.find(({ kind }) => kind === "agreement")).toMatchObject({
      attack: "the same wrong answer by all of a group",
      example: { parts: [{ name: "agrees", score: 1 }, { name: "correct" }] },
    });
    const sound = await auditRewards(compose({ correct: use(lastBox), half: use(half) }), dataset, { rows: 2 });
    expect(sound.exploits).toEqual([]);
  });

  it("takes stated confidences within bounds for honest, and those beyond them for an attack", async () => {
    const betting = (bound: number) =>
      defineReward({
        ...common,
        name: "betting",
        range: [null, null],
        score({ completion, columns: { answer } }) {
          const stated = Number(/Confidence: (-?\d+)/.exec(completion)?.[1] ?? 0.5);
          const bet = Math.max(-bound, Math.min(1, stated));
          return boxes(completion).at(-1) === answer ? bet : -bet;
        },
      });
    const kinds = async (bound: number) =>
      (await auditRewards(compose({ bet: use(betting(bound)) }), dataset, { rows: 2 })).exploits.map(
        ({ kind }) => kind,
      );
    expect(await kinds(0)).toEqual([]);
    expect(await kinds(1e6)).toEqual(["stated confidence"]);
  });

  it("reads the answer from a column that rewards do not read, where those are tests", async () => {
    const programs = datasetFromRows(
      rows.map(({ prompt, answer }) => ({ prompt, tests: [{ output: answer }], solution: answer })),
    );
    const running = defineReward({
      description: "For tests.",
      name: "running",
      columns: z.object({ tests: z.array(z.object({ output: z.string() })) }),
      range: [0, 1],
      needs: ["subprocess"],
      score: ({ completion, columns: { tests } }) =>
        tests.every(({ output }) => boxes(completion).at(-1) === output) ? 1 : 0,
    });
    const { honest } = await auditRewards(compose({ works: use(running) }), programs);
    expect(honest).toMatchObject({ answers: 'column "solution"', right: 1, wrong: 0 });
  });

  it("is sparing with rewards that ask services", async () => {
    const asking = defineReward({
      ...common,
      name: "asking",
      needs: ["network"],
      score: ({ completion, columns: { answer } }) => (boxes(completion).at(-1) === answer ? 1 : 0),
    });
    const report = await auditRewards(compose({ correct: use(asking) }), dataset);
    expect(report).toMatchObject({ rows: 2, honest: { form: "\\boxed{…}", right: 1 }, exploits: [] });
    expect(report.completions).toBeLessThan(1000);
    expect(report.notes.join()).toContain("few forms of honest answers were tried");
  });

  it("says where nothing tells right from wrong, and where there are no answers", async () => {
    const blind = await auditRewards(compose({ steady: use(half) }), dataset);
    expect(blind.exploits).toEqual([]);
    expect(blind.notes.join()).toContain("A right answer earns no more than a wrong one");
    const free = defineReward({ description: "For tests.", name: "free", range: [0, 1], score: () => 1 });
    const without = await auditRewards(compose({ free: use(free) }), datasetFromRows([{ prompt: "Sing." }]));
    expect(without.honest).toMatchObject({ right: null, wrong: 1, example: null });
    expect(without.notes.join()).toContain("no column of right answers");
  });

  it("takes an honest completion from a template", async () => {
    const odd = defineReward({
      ...common,
      name: "odd",
      score: ({ completion, columns: { answer } }) => (completion.endsWith(`=> ${answer} <=`) ? 1 : 0),
    });
    const rewards = compose({ correct: use(odd) });
    const { honest } = await auditRewards(rewards, dataset, { honest: "{{thinking}} => {{answer}} <=\n" });
    expect(honest).toMatchObject({ form: "the template", right: 1, wrong: 0 });
    const unknown = auditRewards(rewards, dataset, { honest: "{{solution}}" });
    await expect(unknown).rejects.toThrow("must name the one column that holds the right answer (prompt, answer)");
  });

  it.each([
    [{ rows: 0 }, "An audit needs 1 row or more, not 0."],
    [{ threshold: -1 }, "must be at least 0, not -1"],
  ])("refuses %j", async (options, message) => {
    await expect(auditRewards(compose({ steady: use(half) }), dataset, options)).rejects.toThrow(message);
  });

  it("ends when it is told to", async () => {
    const stopping = new AbortController();
    const going = auditRewards(compose({ steady: use(half) }), dataset, {
      signal: stopping.signal,
      onProgress: ({ done }) => done === 1 && stopping.abort(new Error("enough")),
    });
    await expect(going).rejects.toThrow("enough");
  });
});
