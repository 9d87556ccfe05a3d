/** Scores completions from code. After `npm run build`, Node.js 22.18 or later runs it as it stands. */
import { compose, createScorer, use } from "@pavlov/core";
import plugin from "__PACKAGE__";

// The dataset calls "solution" what the reward calls "answer".
const rewards = compose({ mine: use(plugin.rewards.score, { columns: { answer: "solution" } }) });
const scorer = createScorer(rewards);
const row = { solution: "4" };
const { total, reasons } = await scorer.score([
  { completion: "2 and 2 make\n4", row, groupId: "sum" },
  { completion: "4, or maybe 5", row, groupId: "sum" },
]);
await scorer.dispose();
console.log(total, reasons.flat());
