import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { compose, createScorer, type ScoredBatch, use } from "@pavlov/core";
import { afterAll, describe, expect, it } from "vitest";
import { hostileTexts } from "@pavlov/core/testing";
import { command } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "pavlov-command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program for Node.js with `sample` to score, `answer(value)` to write, and `first` true for its first sample. */
const program = (onSample: string, before = ""): string[] => [
  process.execPath,
  "-e",
  `const answer = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
   let first = true; ${before}
   require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
     const sample = JSON.parse(line); ${onSample}; first = false;
   });`,
];
const measuring = program("answer({ id: sample.id, score: sample.completion.length })");

interface Given {
  readonly command: string[];
  readonly completions?: readonly string[];
  readonly params?: Readonly<Record<string, unknown>>;
  readonly row?: Readonly<Record<string, unknown>>;
  readonly columns?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function scoreAll({ command: argv, completions = ["a", "bb", "ccc"], params, row = {}, columns, env }: Given) {
  const logged: string[] = [];
  const part = use(command, { params: { command: argv, ...params }, ...(columns && { columns }) });
  const log = (_: string, message: string) => void logged.push(message);
  const scorer = createScorer(compose({ program: part }), { onError: "drop", log, env: env ?? {} });
  let batch: ScoredBatch;
  try {
    batch = await scorer.score(
      completions.map((completion, index) => ({ completion, row, groupId: String(index), prompt: "Say it." })),
    );
  } finally {
    await scorer.dispose();
  }
  const failures = batch.failures.map(([failure]) => failure?.message);
  return { ...batch, scores: batch.scores.flat(), failures, logged };
}

const names = (length: number) => Array.from({ length }, (_, index) => "x".repeat(index + 1));
const lengths = (length: number) => Array.from({ length }, (_, index) => index + 1);

/** Whether a process is there; one that has ended and waits for its parent is not. */
function lives(id: number): boolean {
  try {
    process.kill(id, 0);
    return !(process.platform === "linux" && / [ZX] /.test(readFileSync(`/proc/${id}/stat`, "utf8")));
  } catch {
    return false;
  }
}

async function hasEnded(id: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && lives(id); tries++) await delay(50);
  return !lives(id);
}

describe("a program that scores", () => {
  it("answers by id, in any order, with several samples at once", async () => {
    const { scores } = await scoreAll({
      command: program(
        `const one = { id: sample.id, score: sample.completion.length };
         if (first) answer(one); else if (all.push(one) === 9) for (const each of all.reverse()) answer(each)`,
        "const all = [];",
      ),
      completions: names(10),
    });
    expect(scores).toEqual(lengths(10));
  });

  it("answers in their order with bare numbers, null, and objects without ids", async () => {
    const answers =
      "answer([1.5, null, { score: 2, reason: 'good', metrics: { words: 3 } }][sample.completion.length - 1])";
    const { scores, reasons, metrics, failures } = await scoreAll({ command: program(answers) });
    expect(failures).toEqual([undefined, undefined, undefined]);
    expect(scores).toEqual([1.5, null, 2]);
    expect(reasons[2]).toEqual(["good"]);
    expect(metrics[2]).toEqual([{ words: 3 }]);
  });

  it("sees the sample, the columns that the use maps, and of the environment what it needs", async () => {
    const { reasons } = await scoreAll({
      command: program(
        "answer({ score: 1, reason: JSON.stringify({ sample, env: Object.keys(process.env).sort() }) })",
      ),
      completions: ["yes"],
      row: { solution: { a: [1] }, secret: "s" },
      columns: { answer: "solution" },
      env: { PAVLOV_COMMAND_TOKEN: "token-for-tests", OTHER: "x" },
    });
    const { sample, env } = JSON.parse(reasons[0]?.[0] ?? "") as { sample: object; env: string[] };
    const messages = [{ role: "user", content: "Say it." }];
    const columns = { answer: { a: [1] } };
    expect(sample).toEqual({ id: 1, completion: "yes", prompt: "Say it.", messages, columns });
    expect(env).toEqual(["HOME", "PATH", "PAVLOV_COMMAND_TOKEN"].filter((name) => env.includes(name)));
    expect(env).toContain("PAVLOV_COMMAND_TOKEN");
  });

  it("gets any text, whole", async () => {
    const completions = hostileTexts().map(({ completion }) => completion);
    const { scores } = await scoreAll({ command: measuring, completions });
    expect(scores).toEqual(completions.map((completion) => completion.length));
  });

  it("is started once, and logs its standard error, shortened", async () => {
    const command_ = program("console.error('scoring ' + 'x'.repeat(1000)); answer(1)", "console.error('started');");
    const { logged } = await scoreAll({ command: command_ });
    expect(logged.filter((line) => line === "started")).toHaveLength(1);
    expect(logged.filter((line) => line.startsWith("scoring "))).toHaveLength(3);
    expect(Math.max(...logged.map((line) => line.length))).toBeLessThanOrEqual(300);
  });

  it("may end after each sample", async () => {
    const once = program("answer(sample.completion.length); setTimeout(() => process.exit(0), 5)");
    expect((await scoreAll({ command: once, completions: names(6) })).scores).toEqual(lengths(6));
  });
});

describe("a program that fails on one sample loses that one only, when it", () => {
  const onBad = (action: string) => `if (sample.completion === "bad") { ${action} } else `;
  const completions = ["a", "bb", "bad", "cccc", "ddddd", "eeeeee"];
  const expected = [1, 2, null, 4, 5, 6];
  const byId = "answer({ id: sample.id, score: sample.completion.length })";
  const inOrder = "answer(sample.completion.length)";

  it.each([
    ["dies", "console.error('no!'); process.exit(3);", "The program ended with code 3 (no!)"],
    ["kills itself", "process.kill(process.pid, 'SIGKILL');", "The program was killed by SIGKILL"],
    ["is silent", "", "The program gave no answer for 1000 ms"],
    ["answers with nonsense", "console.log('thinking...');", 'The program answered with "thinking..."'],
    ["answers with NaN", "console.log('NaN');", 'The program answered with "NaN"'],
    ["answers with a word as score", "answer({ id: sample.id, score: 'high' });", "The program answered with"],
    ["says so", "answer({ id: sample.id, error: 'too hard' });", 'The program failed on a sample: "too hard".'],
    ["answers with a line that never ends", "process.stdout.write('7'.repeat(3e6) + '\\n');", ""],
    ["answers for another one", "answer({ id: 99, score: 1 });", "The program gave no answer for 1000 ms"],
  ])("%s", async (_, action, message) => {
    for (const answer of [byId, inOrder]) {
      const params = { timeout: 1000 };
      const { scores, failures } = await scoreAll({ command: program(onBad(action) + answer), completions, params });
      expect(scores).toEqual(expected);
      expect(failures[2]).toContain(message);
      expect(failures.filter((failure) => failure !== undefined)).toHaveLength(1);
    }
  });

  it("answers it with two lines", async () => {
    const twice = program(onBad("process.stdout.write('1\\n1\\n');") + inOrder);
    const { scores, failures } = await scoreAll({ command: twice, completions });
    expect(scores).toEqual(expected);
    expect(failures[2]).toContain("The program answered one sample with 2 lines.");
  });

  it("gives a score outside of what was promised", async () => {
    const params = { minimum: 0, maximum: 6 };
    const { scores, failures } = await scoreAll({
      command: program(onBad("answer(7);") + inOrder),
      completions,
      params,
    });
    expect(scores).toEqual(expected);
    expect(failures[2]).toContain("outside");
  });
});

describe("a program", () => {
  it("that is not there is an error that says what to do", async () => {
    await expect(scoreAll({ command: ["/nowhere/score"] })).rejects.toThrow(
      'Reward "program" could not be set up: The program "/nowhere/score" is not there.',
    );
    expect(() =>
      compose({ program: use(command as never, { params: { command: "python3 score.py" } } as never) }),
    ).toThrow('must be a list, such as ["python3", "score.py"]');
    await expect(scoreAll({ command: [] })).rejects.toThrow("the param command is empty");
    await expect(scoreAll({ command: measuring, params: { cwd: "/nowhere" } })).rejects.toThrow('folder "/nowhere"');
  });

  it("that always ends is an error with what it last said", async () => {
    const broken = [process.execPath, "-e", "throw new Error('no model')"];
    await expect(scoreAll({ command: broken })).rejects.toThrow(
      /failed on all 3 samples.*The program ended with code 1/,
    );
  });

  it("that is silent on everything is not waited for again and again", async () => {
    const silent = scoreAll({ command: program(""), completions: names(200), params: { timeout: 100 } });
    await expect(silent).rejects.toThrow(/failed on all 200 samples.*gave no answer for 100 ms/);
  });

  it("that ends is not started again where that is switched off", async () => {
    const fragile = program("if (first) answer(1); else process.exit(1)");
    const { scores, failures } = await scoreAll({ command: fragile, params: { restart: false } });
    expect(scores).toEqual([1, null, null]);
    expect(failures[2]).toContain("The program ended with code 1, and is not started again");
  });

  it("ends with all that it started when it is disposed of, and its input being closed does not help", async () => {
    const stubborn = program(
      "answer({ score: 1, reason: [process.pid, child.pid].join() })",
      `const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
       setInterval(() => {}, 1000); process.on("SIGTERM", () => {});`,
    );
    const { reasons } = await scoreAll({ command: stubborn, completions: ["a"] });
    const ids = (reasons[0]?.[0] ?? "").split(",").map(Number);
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await hasEnded(id)).toBe(true);
  });
});
