// Attacks on every built-in reward: none breaks one, and none that knows no answer is paid as if it had one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AttackKind,
  attacksOn,
  columnNames,
  compose,
  createScorer,
  type Reward,
  type Target,
  use,
} from "@pavlov/core";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyModel } from "./classifier/tiny-model.test.fixture.js";
import plugin from "./index.js";
import { reply, shownData } from "./judge/chat-server.test.fixture.js";
import { type ReceivedRequest, type ScriptedAnswer, startServer } from "./scripted-server.test.fixture.js";

type Params = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

const rewards: Readonly<Record<string, Reward>> = plugin.rewards;

const inTags = (answer: string, thinking = "Let me see what is asked for."): string =>
  `<think>\n${thinking}\n</think>\n<answer>\n${answer}\n</answer>`;
const inBox = (answer: string, thinking = "Let me see what is asked for."): string =>
  `<think>\n${thinking}\n</think>\nThe answer is $\\boxed{${answer}}$.`;

/** What a reward said of completions that each are in a group with the companions. */
interface Scored {
  readonly score: number | null;
  readonly failure: string | undefined;
}

/** Completions that are scored together: few enough to hold 100 kB each. */
const TOGETHER = 100;

async function scoreAll(
  reward: Reward,
  params: Params,
  { prompt, row }: { readonly prompt: string; readonly row: Row },
  completions: readonly string[],
): Promise<readonly Scored[]> {
  // The scorer itself refuses what is not finite or outside of the range.
  const scorer = createScorer(compose({ it: use(reward, { params } as never) }), { onError: "drop", env: {} });
  const sample = (completion: string, groupId: string) => {
    const tokenIds = Array.from(completion.slice(0, 4000), (character) => character.codePointAt(0) ?? 0);
    return { completion, row, groupId, prompt, tokenIds, finishReason: "stop" as const };
  };
  const companions = reward.scope === "group" ? [inBox("1"), inBox("24")] : [];
  const width = 1 + companions.length;
  const scored: Scored[] = [];
  try {
    for (let start = 0; start < completions.length; start += TOGETHER) {
      const samples = completions
        .slice(start, start + TOGETHER)
        .flatMap((text, index) => [text, ...companions].map((each) => sample(each, String(index))));
      const { scores, failures } = await scorer.score(samples);
      for (let index = 0; index < samples.length; index += width) {
        scored.push({ score: scores[index]?.[0] ?? null, failure: failures[index]?.[0]?.message });
      }
    }
    return scored;
  } finally {
    await scorer.dispose();
  }
}

describe("any attack is scored within the range, the same each time, by", () => {
  const model = writeTinyModel({ labels: ["LABEL_0"], weights: { good: [2], bad: [-3] } });
  const folder = mkdtempSync(join(tmpdir(), "pavlov-attacks-"));
  afterAll(() => {
    model.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const prompt = "A farm has 4*6 hens. How many hens are there?";
  const row = {
    answer: "24",
    keywords: ["hens", "pens"],
    language: "en",
    schema: { type: "object", required: ["hens"], properties: { hens: { type: "integer" } } },
    tests: [{ input: "4 6", output: "24" }],
  };
  const target: Target = {
    prompt,
    answer: "24",
    wrong: ["25", "7", "132", "18", "90"],
    values: ["24", "25", "7", "132", "18", "90"],
    write: inTags,
  };
  const texts = attacksOn(target).flatMap(({ completions }) => completions);
  const program =
    'require("readline").createInterface({ input: process.stdin }).on("line", (line) => { const { id, completion } = ' +
    'JSON.parse(line); process.stdout.write(JSON.stringify({ id, score: completion.length % 2 }) + "\\n"); });';

  const serve = async (answer: (request: ReceivedRequest) => ScriptedAnswer) => (await startServer(answer)).url;
  const firstWins = (request: ReceivedRequest) =>
    reply({ winner: String(shownData(request)["answer_A"]).length % 2 === 0 ? "A" : "tie", reason: "So it is." });
  const services: Readonly<Record<string, () => Promise<Params>>> = {
    classifier: async () => ({ model: model.folder, activation: "none", batchSize: 8 }),
    code: async () => ({ language: "javascript" }),
    command: async () => ({ command: [process.execPath, "-e", program], cwd: folder }),
    http: async () => ({
      url: await serve(({ body }) => {
        const { samples } = body as { readonly samples: readonly unknown[] };
        return { body: { scores: samples.map(() => 0.5) } };
      }),
    }),
    judge: async () => ({ baseUrl: await serve(() => reply({ score: 0.5, reason: "So it is." })) }),
    "judge-pairwise": async () => ({ baseUrl: await serve(firstWins) }),
  };
  const columns: Readonly<Record<string, Row>> = {
    "json-match": { answer: { hens: 24 } },
    "list-match": { answer: ["24", "25"] },
    "multiple-choice": { answer: "B", choices: ["23", "24", "25"] },
  };

  it.each(Object.entries(rewards))("%s", async (name, reward) => {
    const params = (await services[name]?.()) ?? {};
    const given = { prompt, row: { ...row, ...columns[name] } };
    const scored = await scoreAll(reward, params, given, texts);
    expect(scored.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(scored).toHaveLength(texts.length);
    if (reward.deterministic) expect(await scoreAll(reward, params, given, texts)).toEqual(scored);
  });
});

/** Questions whose answers are all of one kind, so that each has the others' for wrong ones. */
interface Questions {
  readonly rows: readonly { readonly prompt: string; readonly answer: unknown; readonly columns?: Row }[];
  readonly params?: Params;
  /** Rows that are attacked, from the first; default: all. The code of attacks on one is run for seconds. */
  readonly attacked?: number;
  /** An answer as a completion says it. Default: text as it is, all else as JSON. */
  readonly say?: (answer: unknown) => string;
  readonly write?: Target["write"];
  /** Partial credit is by design: what names several answers may earn half of what being right earns. */
  readonly partial?: boolean;
  /** What pays on some of the rows, and has to. */
  readonly pays?: readonly AttackKind[];
}

const numbers: Questions = {
  rows: [
    { prompt: "Tom has 37 apples and buys 16 more. How many does he have?", answer: "53" },
    { prompt: "Ann walks 7 km on each of 13 days. How far does she walk?", answer: "91" },
    { prompt: "What is half of 6290?", answer: "3145" },
    { prompt: "It is 2 degrees, and gets 19 degrees colder. How cold is it then?", answer: "-17" },
    { prompt: "How many eggs are 34 dozen?", answer: "408" },
    { prompt: "A third of a cake is cut in 2. How much is one part, in thirds of the cake?", answer: "0.5" },
  ],
};
/** Equality as mathematics takes a sum for its value, so a question that is a sum is an answer to itself. */
const sums: Questions = {
  rows: ["12*34=408", "2-19=-17", "51/3=17", "7+48=55", "9*9*2=162", "1000-1=999"].map((sum) => {
    const [question = "", answer] = sum.split("=");
    return { prompt: `What is ${question}?`, answer };
  }),
  pays: ["question restated"],
};
const words: Questions = {
  rows: ["Paris", "Lima", "Oslo", "Cairo", "Quito", "Rome"].map((answer, index) => ({
    prompt: `Which city is the capital of the ${["first", "second", "third", "fourth", "fifth", "last"][index]} country?`,
    answer,
  })),
};
const formulas: Questions = {
  rows: ["\\frac{1}{3}", "x^2+1", "(2,3)", "\\sqrt{2}", "2\\pi", "\\{4,9\\}"].map((answer, index) => ({
    prompt: `Solve the equation of exercise number ${index + 40}.`,
    answer: `$${answer}$`,
  })),
  say: (answer) => String(answer).replaceAll("$", ""),
  write: inBox,
};
const letters: Questions = {
  rows: [..."BDACBD"].map((answer, index) => ({
    prompt: `Question ${index}: which of them is the right one?`,
    answer,
    columns: { choices: ["a red house", "a green tree", "a blue lake", "a white cloud"] },
  })),
};
const objects: Questions = {
  rows: [
    { name: "Ann", age: 31, town: "Bern" },
    { name: "Bob", age: 44, town: "Lima" },
    { name: "Cem", age: 25, town: "Oslo" },
    { name: "Dan", age: 67, town: "Rome" },
    { name: "Eve", age: 58, town: "Bonn" },
    { name: "Fay", age: 19, town: "Graz" },
  ].map((answer, index) => ({ prompt: `Give the record number ${index} as JSON.`, answer })),
};
const lists: Questions = {
  rows: [
    ["red", "blue"],
    ["oak", "ash"],
    ["cat", "dog"],
    ["tea", "milk"],
    ["iron", "gold"],
    ["rain", "snow"],
  ].map((answer, index) => ({ prompt: `Name the two things of picture number ${index}.`, answer })),
  say: (answer) => (answer as readonly string[]).join(", "),
  partial: true,
};
const programs: Questions = {
  params: { language: "javascript" },
  attacked: 2,
  rows: ["n * 2", "n + 100", "n * n", "n - 17", "-n", "n * 31"].map((answer, index) => ({
    prompt: `Write the program of exercise number ${index}.`,
    answer,
    columns: {
      tests: [
        { input: "8", output: String([16, 108, 64, -9, -8, 248][index]) },
        { input: "12", output: String([24, 112, 144, -5, -12, 372][index]) },
      ],
    },
  })),
  write: (answer, thinking = "") =>
    `${thinking}\n\`\`\`javascript\nconst n = Number(readline());\nconsole.log(${answer});\n\`\`\``,
};

/** Rewards that tell right from wrong, and on which questions. */
const correctness: Readonly<Record<string, readonly Questions[]>> = {
  "exact-answer": [numbers, words],
  "multiple-choice": [letters],
  "json-match": [objects],
  "list-match": [lists],
  math: [numbers, sums, formulas],
  "reasoning-accuracy": [{ ...numbers, write: inBox }, { ...sums, write: inBox }, formulas],
  code: [programs],
};

/** Rewards that read answers and are no such: what they pay for by design. */
const others: Readonly<Record<string, string>> = {
  similarity: "likeness, of which every text has some",
  "cosine-scaled": "length, by which wrong answers differ",
  "kimi-length": "length, compared with others",
  judge: "what a model says",
  "judge-pairwise": "what a model says",
};

it("knows of each reward that reads answers whether it tells right from wrong", () => {
  const reading = Object.values(rewards).filter((reward) => columnNames(reward.columns).includes("answer"));
  const known = [...Object.keys(correctness), ...Object.keys(others)];
  expect(known).toEqual(expect.arrayContaining(reading.map(({ name }) => name)));
  expect(Object.keys(rewards)).toEqual(expect.arrayContaining(known));
});

const asText = (answer: unknown): string => (typeof answer === "string" ? answer : JSON.stringify(answer));

/** Kinds of attacks without the answer that earn more on a row than the best of the honest wrong answers. */
async function paidOn(reward: Reward, questions: Questions, place: number): Promise<ReadonlyMap<AttackKind, string>> {
  const { rows, params = {}, say = asText, write = inTags, partial = false } = questions;
  const values = [...new Set(rows.map(({ answer }) => say(answer)))];
  const { prompt = "", answer, columns } = rows[place] ?? {};
  const right = say(answer);
  const wrong = [...values, "none of them", "unknown"].filter((value) => value !== right);
  const target: Target = { prompt, answer: right, wrong, values, write };
  const blind = attacksOn(target).filter(({ knowsAnswer }) => !knowsAnswer);
  const honest = [write(right), ...wrong.map((value) => write(value))];
  const texts = [...honest, ...blind.flatMap(({ completions }) => completions)];
  const scored = await scoreAll(reward, params, { prompt, row: { answer, ...columns } }, texts);
  expect(scored.filter(({ failure }) => failure !== undefined)).toEqual([]);
  const scores = scored.map(({ score }) => score ?? -Infinity);
  const [best, most = best] = [Math.max(...scores.slice(1, honest.length)), scores[0]];
  // A reward that gives this row's right answer nothing would hold every attack off.
  expect(most).toBeGreaterThan(best);
  const paid = new Map<AttackKind, string>();
  let start = honest.length;
  for (const { kind, name, bar, completions } of blind) {
    const own = scores.slice(start, start + completions.length);
    start += completions.length;
    // One of several versions may be right by chance; an exploit pays in all.
    if (Math.min(...own) > (partial && bar === "half" ? (best + most) / 2 : best)) paid.set(kind, name);
  }
  return paid;
}

describe("no attack without the answer earns more than an honest wrong answer, from", () => {
  const held = Object.entries(correctness).flatMap(([name, questions]) =>
    questions.map((each) => ({ name, about: each.rows[0]?.prompt, questions: each })),
  );
  it.each(held)("$name, on questions such as: $about", async ({ name, questions }) => {
    const reward = rewards[name];
    if (reward === undefined) throw new Error(`There is no reward ${name}.`);
    const paid: (readonly [AttackKind, string])[] = [];
    for (let place = 0; place < (questions.attacked ?? questions.rows.length); place++) {
      paid.push(...(await paidOn(reward, questions, place)));
    }
    const { pays = [] } = questions;
    expect(paid.filter(([kind]) => !pays.includes(kind))).toEqual([]);
    expect(paid.map(([kind]) => kind)).toEqual(expect.arrayContaining([...pays]));
  });
});
