/** What a reward is asked with when it is measured on hostile completions: columns, params, and what it calls. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { validateSync, type ObjectSchema, type Reward } from "@pavlov/core";
import { z } from "zod";
import { filled } from "./hostile-texts.js";
import { startService } from "./start-hostile-service.js";

export interface Setting {
  readonly columns: object;
  readonly params: object;
}

/** How one reward is asked. */
export interface Arrangement {
  readonly settings: readonly Setting[];
  /** Completions beside those that every reward gets, by name. */
  readonly texts: Readonly<Record<string, () => string>>;
  /** Requests that one call makes, where it makes many; 1 otherwise. */
  readonly requests: number;
  /** Ends what the reward calls. */
  close(): void;
}

/** Completions of one prompt. */
export const GROUP = 4;

const checked = (schema: ObjectSchema, value: object): object => {
  const result = validateSync(schema, value);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return result.value;
};

const arrange = (
  { columns, params }: Reward,
  settings: readonly Setting[],
  rest: Partial<Pick<Arrangement, "texts" | "requests" | "close">> = {},
): Arrangement => ({
  settings: settings.map((given) => ({
    columns: checked(columns, given.columns),
    params: checked(params, given.params),
  })),
  texts: {},
  requests: 1,
  close: () => {},
  ...rest,
});

const record = z.record(z.string(), z.unknown());
const fixture = z.looseObject({
  columns: record.default({}),
  params: record.default({}),
  group: z.array(z.looseObject({ columns: record.default({}) })).optional(),
  error: z.string().optional(),
  better: z.unknown().optional(),
});

/** Every columns and params of the fixtures that score, once each. JavaScript's own regular expressions are left out. */
const fromFixtures = (reward: Reward): Arrangement => {
  const file = new URL(`../../../packages/rewards/src/${reward.name}/fixtures.jsonl`, import.meta.url);
  const settings = new Map<string, Setting>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.trim() === "") continue;
    const row = fixture.parse(JSON.parse(line));
    if (row.error !== undefined || row.better !== undefined || row.params["engine"] === "v8") continue;
    const given = { columns: row.group?.[0]?.columns ?? row.columns, params: row.params };
    settings.set(JSON.stringify(given), given);
  }
  return arrange(reward, [...settings.values()]);
};

/** Programs that a policy should not write, for 100 ms each. */
const programs: Readonly<Record<"python" | "javascript", readonly (readonly [name: string, code: () => string])[]>> = {
  javascript: [
    ["without an end", () => "while (true) {}"],
    ["that floods its output", () => "for (;;) console.log('a'.repeat(1000))"],
    ["that fills the memory", () => "const all = []; for (;;) all.push('a'.repeat(1000) + all.length)"],
    ["that calls itself", () => "const again = () => again() + 1; console.log(again())"],
    ["of 100 kB", () => filled("let x; { x = 1 }\n").replaceAll("let x;", ";")],
  ],
  python: [
    ["without an end", () => "while True: pass"],
    ["that floods its output", () => "while True: print('a' * 1000)"],
    ["that fills the memory", () => "a = []\nwhile True: a.append('a' * 1000 + str(len(a)))"],
    ["that calls itself", () => "def again(): return again() + 1\nprint(again())"],
    ["of 100 kB", () => filled("x = 1\n")],
  ],
};

const fenced = (language: "python" | "javascript") =>
  programs[language].map(([name, code]) => [
    `a program in ${language} ${name}`,
    () => `\`\`\`${language}\n${code()}\n\`\`\``,
  ]);

/** Node.js, as a program that answers every sample with a 1. */
const ANSWERS_ONE =
  'require("readline").createInterface(process.stdin).on("line", (line) => ' +
  "console.log(JSON.stringify({ id: JSON.parse(line).id, score: 1 })))";

/** What this needs of the tiny models that the tests of `classifier` make, which are built but not published. */
interface TinyModels {
  writeTinyModel(model: {
    readonly labels: readonly string[];
    readonly weights: Readonly<Record<string, readonly number[]>>;
  }): { readonly folder: string; remove(): void };
}

/** A model of some numbers, whose own run takes no time that counts, in ONNX Runtime, whose memory does. */
const arrangeClassifier = async (reward: Reward): Promise<Arrangement> => {
  const file = new URL("../../../packages/rewards/dist/classifier/tiny-model.test.fixture.js", import.meta.url);
  const { writeTinyModel } = (await import(file.href)) as TinyModels;
  const { folder, remove } = writeTinyModel({ labels: ["bad", "good"], weights: { good: [0, 1], bad: [1, 0] } });
  const params = { model: folder, label: "good" };
  return arrange(
    reward,
    [
      { columns: {}, params },
      { columns: {}, params: { ...params, input: "prompt-and-completion" } },
    ],
    { close: remove },
  );
};

const arrangeJudge = async (reward: Reward): Promise<Arrangement> => {
  const { url, close } = await startService();
  const params = { baseUrl: `${url}/v1` };
  const widest = { ...params, maxCharacters: 1_000_000, showThinking: true };
  const columns = { answer: "seven" };
  return arrange(
    reward,
    [
      { columns, params },
      { columns, params: widest },
    ],
    // All pairs of a group, in both orders.
    { close, requests: reward.scope === "group" ? GROUP * (GROUP - 1) : 1 },
  );
};

/** Rewards that call something, and what they are given to call. */
const arrangements: Readonly<Record<string, (reward: Reward) => Promise<Arrangement>>> = {
  async code(reward) {
    const hasPython = spawnSync("python3", ["--version"]).status === 0;
    const languages = hasPython ? (["javascript", "python"] as const) : (["javascript"] as const);
    const tests = [{ input: "1 2\n", output: "3\n" }];
    return arrange(
      reward,
      languages.map((language) => ({ columns: { tests }, params: { language, timeout: 100, parallel: 2 } })),
      { texts: Object.fromEntries(languages.flatMap(fenced)) as Record<string, () => string> },
    );
  },
  command: async (reward) =>
    arrange(reward, [{ columns: {}, params: { command: [process.execPath, "-e", ANSWERS_ONE] } }]),
  async http(reward) {
    const { url, close } = await startService();
    return arrange(reward, [{ columns: {}, params: { url: `${url}/score` } }], { close });
  },
  classifier: arrangeClassifier,
  judge: arrangeJudge,
  "judge-pairwise": arrangeJudge,
};

/** Whether a reward can be measured: without needs of its own, or with what it calls at hand. */
export const canMeasure = ({ name, needs }: Reward): boolean => needs.length === 0 || arrangements[name] !== undefined;

/** How to ask a reward; what it calls is started. */
export const arrangementOf = async (reward: Reward): Promise<Arrangement> =>
  arrangements[reward.name]?.(reward) ?? fromFixtures(reward);
