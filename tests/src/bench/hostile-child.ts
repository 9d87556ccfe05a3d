/**
 * Scores hostile completions with one built-in reward, in a process of its own so that its memory can be told, and prints
 * one JSON object: `node hostile-child.js <reward>`. The time of a call is what it keeps this thread for: that of programs,
 * services and other threads is theirs.
 */
import { setImmediate as turn } from "node:timers/promises";
import { errorMessage, type Reward, type Sample } from "@pavlov/core";
import builtIn from "@pavlov/rewards";
import { arrangementOf, GROUP } from "./hostile-settings.js";
import type { HostileFigures } from "./hostile.js";
import { hostileTexts } from "./hostile-texts.js";

/** Runs of each, of which the fastest counts: the others are the machine's other work. */
const RUNS = 3;

/** Milliseconds that a task computes in this thread. */
const computing = async (task: () => unknown): Promise<number> => {
  const before = performance.eventLoopUtilization();
  await task();
  return performance.eventLoopUtilization(before).active;
};

const tokenIds = Array.from({ length: 25_000 }, (_, index) => index % 7);

const sampleOf = (completion: string, columns: object, index: number): Sample<object, "tokenIds" | "prompt"> => ({
  completion,
  columns,
  index,
  groupId: "0",
  prompt: "How much is three and four?",
  tokenIds,
});

const main = async (name: string): Promise<HostileFigures> => {
  const loaded = process.memoryUsage.rss();
  const reward: Reward | undefined = (builtIn.rewards as Readonly<Record<string, Reward>>)[name];
  if (!reward) throw new Error(`There is no reward "${name}".`);
  // The loop's own clock runs once it has turned.
  await turn();
  const { settings, texts, requests, close } = await arrangementOf(reward);
  const inputs = Object.entries({ ...hostileTexts, ...texts });
  const signal = new AbortController().signal;
  const prepared = [];
  for (const { columns, params } of settings) {
    const shared = { params, signal, env: {}, log: () => {}, fetch: globalThis.fetch };
    const state = await reward.setup?.(shared);
    const context = { ...shared, state, seed: 0 };
    const score = (completion: string): unknown => {
      // Every reward with fixtures and without needs of its own reads no more than this.
      const group = Array.from({ length: GROUP }, (_, index) =>
        // Equal ones need no comparing.
        sampleOf(completion + "\n".repeat(index), columns, index),
      );
      const samples = group as unknown as Parameters<NonNullable<Reward["scoreGroup"]>>[0];
      if (reward.scoreGroup) return reward.scoreGroup(samples, context);
      if (reward.scoreBatch) return reward.scoreBatch(samples, context);
      return samples[0] && reward.score?.(samples[0], context);
    };
    await score("7");
    prepared.push({ state, score });
  }
  const baseline = process.memoryUsage.rss();
  let worst = { milliseconds: 0, input: "" };
  let failure: string | undefined;
  let [peak, calls] = [0, 0];
  // One text after the other, so that no more than one is kept for the sake of this program.
  for (const [input, write] of inputs) {
    const completion = write();
    for (const { score } of prepared) {
      let fastest = Number.POSITIVE_INFINITY;
      for (let run = 0; run < RUNS && fastest > 5; run++) {
        const time = await computing(async () => {
          try {
            await score(completion);
          } catch (thrown) {
            failure ??= `${input}: ${errorMessage(thrown)}`;
          }
        });
        fastest = Math.min(fastest, time);
        calls += 1;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      if (fastest > worst.milliseconds) worst = { milliseconds: fastest, input };
    }
  }
  for (const { state } of prepared) await reward.dispose?.(state);
  close();
  return {
    ...worst,
    milliseconds: worst.milliseconds / requests,
    ...(failure === undefined ? {} : { failure }),
    settings: settings.length,
    calls,
    requests,
    loadedBytes: loaded,
    baselineBytes: baseline,
    peakBytes: peak,
  };
};

console.log(JSON.stringify(await main(process.argv[2] ?? "")));
