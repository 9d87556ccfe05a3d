/** What a reward is asked with when it is measured on hostile completions: columns, params, and what it calls. */
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validateSync, type ObjectSchema, type Reward } from "@pavlov/core";
import { z } from "zod";
import { filled } from "./hostile-texts.js";

export interface Setting {
  readonly columns: object;
  readonly params: object;
}

/** How one reward is asked. */
export interface Arrangement {
  readonly settings: readonly Setting[];
  /** Completions beside those that every reward gets, by name. */
  readonly texts: Readonly<Record<string, string>>;
  /** Ends what the reward calls. */
  close(): void;
}

const checked = (schema: ObjectSchema, value: object): object => {
  const result = validateSync(schema, value);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return result.value;
};

const arrange = (
  { columns, params }: Reward,
  settings: readonly Setting[],
  rest: Partial<Pick<Arrangement, "texts" | "close">> = {},
): Arrangement => ({
  settings: settings.map((given) => ({
    columns: checked(columns, given.columns),
    params: checked(params, given.params),
  })),
  texts: {},
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
const programs: Readonly<Record<"python" | "javascript", readonly (readonly [name: string, code: string])[]>> = {
  javascript: [
    ["without an end", "while (true) {}"],
    ["that floods its output", "for (;;) console.log('a'.repeat(1000))"],
    ["that fills the memory", "const all = []; for (;;) all.push('a'.repeat(1000) + all.length)"],
    ["that calls itself", "const again = () => again() + 1; console.log(again())"],
    ["of 100 kB", filled("let x; { x = 1 }\n").replaceAll("let x;", ";")],
  ],
  python: [
    ["without an end", "while True: pass"],
    ["that floods its output", "while True: print('a' * 1000)"],
    ["that fills the memory", "a = []\nwhile True: a.append('a' * 1000 + str(len(a)))"],
    ["that calls itself", "def again(): return again() + 1\nprint(again())"],
    ["of 100 kB", filled("x = 1\n")],
  ],
};

const fenced = (language: "python" | "javascript") =>
  programs[language].map(([name, code]) => [`a program in ${language} ${name}`, `\`\`\`${language}\n${code}\n\`\`\``]);

/** Node.js, as a program that answers every sample with a 1. */
const ANSWERS_ONE =
  'require("readline").createInterface(process.stdin).on("line", (line) => ' +
  "console.log(JSON.stringify({ id: JSON.parse(line).id, score: 1 })))";

/** Starts a service that answers every judge's request and every request for scores, and gives its address. */
const startService = async (): Promise<{ readonly url: string; close(): void }> => {
  const service = fork(fileURLToPath(new URL("hostile-service.js", import.meta.url)));
  const [port] = (await once(service, "message")) as [number];
  return { url: `http://127.0.0.1:${port}`, close: () => service.kill() };
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
      { texts: Object.fromEntries(languages.flatMap(fenced)) as Record<string, string> },
    );
  },
  command: async (reward) =>
    arrange(reward, [{ columns: {}, params: { command: [process.execPath, "-e", ANSWERS_ONE] } }]),
  async http(reward) {
    const { url, close } = await startService();
    return arrange(reward, [{ columns: {}, params: { url: `${url}/score` } }], { close });
  },
  async judge(reward) {
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
      { close },
    );
  },
};

/** Whether a reward can be measured: without needs of its own, or with what it calls at hand. */
export const canMeasure = ({ name, needs }: Reward): boolean => needs.length === 0 || arrangements[name] !== undefined;

/** How to ask a reward; what it calls is started. */
export const arrangementOf = async (reward: Reward): Promise<Arrangement> =>
  arrangements[reward.name]?.(reward) ?? fromFixtures(reward);
