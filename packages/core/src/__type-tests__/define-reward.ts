// Defining rewards: what is inferred, and what does not compile and why.
import { z } from "zod";
import { defineReward, type Range } from "../index.js";

const about = { description: "A reward of the type tests.", range: [0, 1] } as const;

// Omitted schemas are {}: no column and no param exists.
defineReward({
  ...about,
  name: "nothing-declared",
  score({ completion, columns, index, groupId }, { params, state, signal, seed, env }) {
    completion satisfies string;
    columns satisfies {};
    params satisfies {};
    signal satisfies AbortSignal;
    state satisfies undefined;
    env satisfies Readonly<Record<string, string>>;
    groupId satisfies string;
    void columns.answer; // expect: Property 'answer' does not exist on type '{}'
    void params.limit; // expect: Property 'limit' does not exist on type '{}'
    return index + seed;
  },
});

// Columns and params arrive as their schemas' output.
defineReward({
  ...about,
  name: "declared",
  columns: z.object({ answer: z.string(), level: z.coerce.number<string>() }),
  params: z.object({ limit: z.number().default(3), tags: z.array(z.string()).optional() }),
  reads: ["prompt", "finishReason"],
  range: (params) => {
    params.limit satisfies number;
    void params.limt; // expect: Property 'limt' does not exist
    return [0, params.limit];
  },
  async setup({ params, env }) {
    return { client: `${params.limit}`, env };
  },
  dispose(state) {
    state.client satisfies string;
  },
  score(sample, { params, state }) {
    sample.prompt satisfies string;
    sample.finishReason satisfies "stop" | "length";
    sample.columns.level satisfies number;
    state.client satisfies string;
    void state.server; // expect: Property 'server' does not exist
    void sample.columns.rubric; // expect: Property 'rubric' does not exist
    void sample.tokenIds; // expect: Property 'tokenIds' does not exist
    params.tags?.length satisfies number | undefined;
    return { score: sample.columns.answer.length, reason: sample.prompt, metrics: { limit: params.limit } };
  },
});

// What is read if present may be absent, and says so.
defineReward({
  ...about,
  name: "reads-if-present",
  reads: ["prompt"],
  readsIfPresent: ["tokenIds", "finishReason"],
  score(sample) {
    sample.prompt satisfies string;
    sample.finishReason satisfies "stop" | "length" | undefined;
    void sample.messages; // expect: Property 'messages' does not exist
    void sample.tokenIds.length; // expect: 'sample.tokenIds' is possibly 'undefined'
    sample.tokenIds satisfies readonly number[]; // expect: Type 'readonly number[] | undefined' does not satisfy the expected type 'readonly number[]'
    return sample.tokenIds?.length ?? sample.prompt.length;
  },
});
defineReward({
  ...about,
  name: "groups-read-if-present",
  readsIfPresent: ["step"],
  scoreGroup: (group) => group.map(({ step }) => step), // expect: Type 'undefined' is not assignable to type 'ScoreResultOrError'
});
defineReward({ ...about, name: "reads-row-if-present", readsIfPresent: ["row"], score: () => 1 }); // expect: Type '"row"' is not assignable to type '"finishReason" | "messages" | "prompt" | "step" | "tokenIds"'
defineReward({ ...about, name: "reads-twice", reads: ["step"], readsIfPresent: ["step"], score: () => 1 }); // expect: Type '"step"' is not assignable to type '"finishReason" | "messages" | "prompt" | "tokenIds"'

// Arrow functions are typed like methods, and all three scopes may be asynchronous.
defineReward({ ...about, name: "arrow", score: async ({ completion }) => completion.length });
defineReward({ ...about, name: "group", scoreGroup: (group) => group.map(({ completion }) => completion.length) });
defineReward({ ...about, name: "batch", scoreBatch: async (samples) => samples.map(() => null) });
defineReward({ ...about, name: "one-fails", scoreGroup: (group) => group.map(() => new Error("It cannot be read.")) });

// Not an object, not a schema.
defineReward({
  ...about,
  name: "text-columns",
  columns: z.string(), // expect: Type 'ZodString' is not assignable to type 'ObjectSchema
  score: () => 1,
});
defineReward({
  ...about,
  name: "text-params",
  params: z.number(), // expect: Type 'ZodNumber' is not assignable to type 'ObjectSchema
  score: () => 1,
});
defineReward({
  ...about,
  name: "no-schema",
  columns: { answer: "string" }, // expect: 'answer' does not exist in type 'ObjectSchema
  score: () => 1,
});

// Exactly one scoring method.
defineReward({ ...about, name: "both", score: () => 1, scoreBatch: () => [] }); // expect: Type '() => never[]' is not assignable to type 'undefined'
defineReward({ ...about, name: "all", score: () => 1, scoreGroup: () => [], scoreBatch: () => [] }); // expect: is not assignable to type 'undefined'
defineReward({ ...about, name: "none" }); // expect: Property 'score' is missing

// What a method returns.
defineReward({ ...about, name: "string-score", score: () => "1" }); // expect: Type 'string' is not assignable to type 'MaybePromise<ScoreResult>'
defineReward({ ...about, name: "no-result", score() {} }); // expect: Type 'void' is not assignable to type 'MaybePromise<ScoreResult>'
defineReward({ ...about, name: "one-for-many", scoreGroup: () => 1 }); // expect: Type 'number' is not assignable to type 'MaybePromise<readonly ScoreResultOrError[]>'

// The rest of the specification.
defineReward({ ...about, name: "reads-rows", reads: ["row"], score: () => 1 }); // expect: Type '"row"' is not assignable to type 'keyof SampleInputs'
defineReward({ name: "half-range", description: "", range: [0], score: () => 1 }); // expect: Type '[number]' is not assignable to type 'Range |
defineReward({ name: "no-description", range: [0, 1], score: () => 1 }); // expect: Property 'description' is missing
defineReward({ ...about, name: "typo", colums: z.object({}), score: () => 1 }); // expect: 'colums' does not exist

// The result carries the types on.
const named = defineReward({ ...about, name: "named", params: z.object({ limit: z.number() }), score: () => 1 });
named.name satisfies "named";
named.range({ limit: 1 }) satisfies Range;
named.range({}); // expect: Property 'limit' is missing
named.name satisfies "other"; // expect: Type '"named"' does not satisfy the expected type '"other"'
