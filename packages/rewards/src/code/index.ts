// Whether the code of a completion does what tests ask of it; run for real, in QuickJS or in a Python process.
import { availableParallelism } from "node:os";
import { defineReward, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { withoutThinking } from "../exact-answer/extract.js";
import { fencedBlocks } from "../fenced-blocks.js";
import type { Executor, Limits } from "./execution.js";
import { createJavaScriptExecutor } from "./javascript/executor.js";
import { judge } from "./judge.js";
import { createPythonExecutor } from "./python/executor.js";
import { readTests } from "./read-tests.js";

/** What a language is called after a fence and in datasets. */
const NAMES: Readonly<Record<string, "python" | "javascript">> = {
  python: "python",
  python3: "python",
  py: "python",
  javascript: "javascript",
  js: "javascript",
  node: "javascript",
};

const settings = z.strictObject({
  language: z
    .enum(["python", "javascript"])
    .default("python")
    .describe("The language of the blocks that count, where the column tests names none."),
  score: z
    .enum(["fraction", "all"])
    .default("fraction")
    .describe("fraction: the share of tests passed. all: 1 if all are passed, else 0; the first failure ends it."),
  entryPoint: z
    .string()
    .default("")
    .describe("What tests with arguments call, where neither the column entryPoint nor the test says."),
  compare: z
    .enum(["lines", "exact"])
    .default("lines")
    .describe("How output is compared: lines without the whitespace around them, or exact text."),
  tolerance: z
    .number()
    .min(0)
    .default(0)
    .describe("By how much numbers may differ: absolutely up to 1, relative to the expected number above."),
  timeout: z.number().int().min(10).max(600_000).default(5000).describe("Milliseconds that a test may take."),
  memory: z.number().int().min(16).max(4000).default(512).describe("Megabytes of memory that a test may use."),
  overruns: z
    .number()
    .int()
    .min(1)
    .default(3)
    .describe("Tests of a sample that may run out of time before its other tests count as failed without being run."),
  parallel: z
    .number()
    .int()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .describe("Tests that run at the same time; null for as many as there are processors."),
  python: z.string().min(1).default("python3").describe("The Python to run, from 3.8 on: a path, or a name in PATH."),
  packages: z.boolean().default(false).describe("Whether Python code may import installed packages."),
});

/** Executors by language, started when they are first needed. */
interface Executors {
  of(language: "python" | "javascript"): Promise<Executor>;
  dispose(): Promise<void>;
}

function createExecutors(params: z.output<typeof settings>, log: (message: string) => void): Executors {
  const limits: Limits = { timeout: params.timeout, memory: params.memory };
  const parallel = params.parallel ?? availableParallelism();
  const { python, packages } = params;
  const create = {
    python: () => createPythonExecutor({ python, packages, limits, parallel, log }),
    javascript: () => createJavaScriptExecutor({ limits, parallel }),
  };
  const started = new Map<string, Promise<Executor>>();
  return {
    of(language) {
      const executor = started.get(language) ?? create[language]();
      started.set(language, executor);
      return executor;
    },
    async dispose() {
      for (const executor of started.values()) await (await executor.catch(() => undefined))?.dispose();
    },
  };
}

function readLanguage(name: string): "python" | "javascript" {
  const language = NAMES[name];
  if (language !== undefined) return language;
  throw new PavlovError(`The column of tests names the language ${JSON.stringify(name)}, which cannot be run.`, {
    hint: `Known are ${Object.keys(NAMES).join(", ")}.`,
  });
}

/** The last closed block of the language. */
function lastBlock(completion: string, language: "python" | "javascript"): string | undefined {
  return fencedBlocks(withoutThinking(completion)).findLast(
    (block) => NAMES[block.language.split(/\s/, 1)[0]?.toLowerCase() ?? ""] === language,
  )?.text;
}

/**
 * The share of the row's tests that the last block of code of the completion passes, after Open R1's `code_reward`, or
 * with `score: all` its `binary_code_reward`. Unlike there, output that lacks lines does not pass. Abstains where the
 * row has no tests.
 *
 * JavaScript runs in QuickJS, compiled to WebAssembly, in a worker thread: well kept apart, but not audited. Python runs
 * in a process under limits, and on Linux in namespaces where they can be had: that stops accidents and clumsy tricks,
 * and is no security boundary. What is expected never enters the program's process, but with tests that are asserts.
 */
export const code = defineReward({
  name: "code",
  description: "The share of tests that the completion's code passes; Python or JavaScript, really run.",
  columns: z.object({
    tests: z
      .unknown()
      .describe(
        "The tests: a list of { input, output }, { args, expected }, { call, expected }, { assert } or asserts, " +
          "Open R1's verification_info, or JSON of either. None abstains.",
      ),
    entryPoint: z.string().nullish().describe("The function that tests with arguments call. Optional."),
  }),
  params: settings,
  range: [0, 1],
  cacheable: true,
  version: "1",
  needs: ["subprocess"],
  async setup({ params, log }) {
    const executors = createExecutors(params, log);
    // What is missing is missed before the first completion.
    await executors.of(params.language);
    return executors;
  },
  dispose: (executors) => executors.dispose(),
  async score({ completion, columns }, { params, state, signal }) {
    const named = columns.entryPoint || params.entryPoint;
    const { tests, language: given } = readTests(columns.tests, named === "" ? null : named);
    const language = given === null ? params.language : readLanguage(given);
    if (tests.length === 0) return { score: null, reason: "the row has no tests" };
    const block = lastBlock(completion, language);
    if (block === undefined) {
      return { score: 0, reason: `no closed block of ${language}`, metrics: { passed: 0, tests: tests.length } };
    }
    const executor = await state.of(language);
    const { passed, reason } = await judge(block, tests, executor, params, signal);
    const share = passed / tests.length;
    return {
      score: params.score === "fraction" || share === 1 ? share : 0,
      reason,
      metrics: { passed, tests: tests.length },
    };
  },
});
