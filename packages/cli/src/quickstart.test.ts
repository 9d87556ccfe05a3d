// The bundled model's data is what its README says: right answers, held-out operands that no training sees, and
// demonstrations that its tokenizer gives back unchanged.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "@pavlov/trainer";
import { describe, expect, test } from "vitest";

interface Problem {
  readonly a: number;
  readonly b: number;
  readonly operation: "+" | "-";
}

interface Generator {
  randomNumbers(seed: number): () => number;
  splitOperands(seed: number): { readonly heldOut: readonly number[]; readonly training: readonly number[] };
  randomProblem(operands: readonly number[], random: () => number): Problem;
  promptOf(problem: Problem): string;
  answerOf(problem: Problem): string;
  workOut(problem: Problem, sloppy: boolean): { readonly text: string; readonly result: string };
  demonstrate(problem: Problem, random: () => number): string;
}

const repository = new URL("../../../", import.meta.url);
const generator = (await import(new URL("models/arithmetic/problems.mjs", repository).href)) as Generator;

function rows(name: string): { readonly prompt: string; readonly answer: string }[] {
  const text = readFileSync(new URL(`examples/quickstart/data/${name}.jsonl`, repository), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { prompt: string; answer: string });
}

/** Works out a prompt without the generator. */
function solve(prompt: string): string {
  const [, a, operation, b] = /^(\d{3})([+-])(\d{3})=$/.exec(prompt) ?? [];
  return String(operation === "+" ? Number(a) + Number(b) : Number(a) - Number(b));
}

const operandsOf = (prompts: readonly string[]): Set<number> =>
  new Set(prompts.flatMap((prompt) => (prompt.match(/\d+/g) ?? []).map(Number)));

describe("the quickstart's problems", () => {
  const [training, heldOut] = [rows("train"), rows("heldout")];
  const reserved = new Set(generator.splitOperands(1).heldOut);

  test("have the right answers, none below zero, and no problem twice", () => {
    for (const { prompt, answer } of [...training, ...heldOut]) {
      expect(answer).toBe(solve(prompt));
      expect(Number(answer)).toBeGreaterThanOrEqual(0);
    }
    expect([training.length, heldOut.length]).toEqual([4000, 200]);
    expect(new Set(training.map(({ prompt }) => prompt)).size).toBe(4000);
    expect(new Set(heldOut.map(({ prompt }) => prompt)).size).toBe(200);
  });
  test("that are held out use reserved operands alone, and training uses none of those", () => {
    expect(reserved.size).toBe(90);
    for (const operand of operandsOf(heldOut.map(({ prompt }) => prompt))) expect(reserved.has(operand)).toBe(true);
    for (const operand of operandsOf(training.map(({ prompt }) => prompt))) expect(reserved.has(operand)).toBe(false);
  });
});

describe("demonstrations", () => {
  test("work a column at a time; a sloppy one drops every carry and borrow", () => {
    const sum: Problem = { a: 522, b: 768, operation: "+" };
    const difference: Problem = { a: 939, b: 666, operation: "-" };
    expect(generator.workOut(sum, false)).toEqual({ text: "2+8+0=10;2+6+1=09;5+7+0=12", result: "1290" });
    expect(generator.workOut(difference, false)).toEqual({ text: "9-6-0=03;3-6-0=17;9-6-1=02", result: "273" });
    expect(generator.workOut(sum, true)).toEqual({ text: "2+8+0=00;2+6+0=08;5+7+0=02", result: "280" });
    expect(generator.workOut(difference, true)).toEqual({ text: "9-6-0=03;3-6-0=07;9-6-0=03", result: "373" });
  });
  test("are careful and complete about one time in three, and never wrong when careful", () => {
    const random = generator.randomNumbers(7);
    const { training } = generator.splitOperands(1);
    const outcomes = Array.from({ length: 5000 }, () => {
      const problem = generator.randomProblem(training, random);
      expect(generator.workOut(problem, false).result).toBe(generator.answerOf(problem));
      const completion = generator.demonstrate(problem, random);
      const tagged = /^<think>.+<\/think><answer>(\d+)<\/answer>$/.exec(completion);
      return { tagged: tagged !== null, right: tagged?.[1] === generator.answerOf(problem) };
    });
    const share = (of: (outcome: (typeof outcomes)[number]) => boolean): number =>
      outcomes.filter(of).length / outcomes.length;
    expect(share(({ tagged }) => tagged)).toBeCloseTo(0.6, 1);
    expect(share(({ right }) => right)).toBeGreaterThan(0.28);
    expect(share(({ right }) => right)).toBeLessThan(0.36);
  });
  test("come back unchanged from the tokenizer, tags as single tokens, within 40 tokens with the end", async () => {
    const tokenizer = await loadTokenizer(fileURLToPath(new URL("models/arithmetic", repository)));
    expect(tokenizer.encode("<think></think><answer></answer>")).toEqual([3, 4, 5, 6]);
    const random = generator.randomNumbers(8);
    const { training } = generator.splitOperands(1);
    for (let count = 0; count < 500; count += 1) {
      const completion = generator.demonstrate(generator.randomProblem(training, random), random);
      const ids = tokenizer.encode(completion);
      expect(tokenizer.decode([...ids, 1])).toBe(completion);
      expect(ids.length + 1).toBeLessThanOrEqual(40);
    }
  });
});
