// Of the calculations that a completion writes down, the share that is right. Nobody needs to know the answer for it.
import { defineReward } from "@pavlov/core";

const number = String.raw`-?\$?\d[\d,]*(?:\.\d+)?`;
const calculation = new RegExp(String.raw`(${number})\s*([-+*/x×÷])\s*(${number})\s*=\s*(${number})`, "g");

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};
const signs: Readonly<Record<string, string>> = { x: "*", "×": "*", "÷": "/" };

const valueOf = (text: string): number => Number(text.replaceAll(/[$,]/g, ""));

/** The share of right calculations (`3 * 4 = 12`), to two decimals; 0 where there is none. */
export const rightSums = defineReward({
  name: "right-sums",
  description: "The share of the calculations written down that are right; 0 where there is none.",
  range: [0, 1],
  score({ completion }) {
    const results = [...completion.matchAll(calculation)].map(([, a = "", sign = "", b = "", result = ""]) => {
      const operation = operations[signs[sign] ?? sign];
      return operation !== undefined && Math.abs(operation(valueOf(a), valueOf(b)) - valueOf(result)) < 0.01;
    });
    const right = results.filter(Boolean).length;
    return { score: results.length === 0 ? 0 : right / results.length, reason: `${right} of ${results.length} right` };
  },
});
