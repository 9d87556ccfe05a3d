import { expect, test } from "vitest";
import { z } from "zod";
import { compose } from "../compose/compose.js";
import { defineReward } from "../define-reward.js";
import { columnNames } from "../schema/json-schema.js";
import { dataset } from "./dataset.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer.",
  columns: z.object({ answer: z.string(), level: z.number().default(1) }),
  range: [0, 1],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});
const schema = z.object({ question: z.string(), solution: z.string() });
const rows = dataset(schema, "data/train.jsonl");

test("carries its schema and source", () => {
  expect(rows.schema).toBe(schema);
  expect(rows.source).toBe("data/train.jsonl");
});

test("gives parts that compose, with their mapping", () => {
  const composite = compose({ correct: rows.use(exact, { weight: 2, columns: { answer: "solution" } }) });
  expect(composite.parts["correct"]).toMatchObject({ reward: exact, weight: 2, columns: { answer: "solution" } });
  expect(columnNames(composite.columns)).toEqual(["solution", "level"]);
});

test("names a missing column at run time too, with the ones that there are and how to map it", () => {
  expect(() => rows.use(exact as never, {} as never)).toThrow(
    expect.objectContaining({
      message: 'Reward "exact": column "answer" is not in the dataset, which has question, solution.',
      hint: 'Map it: columns: { answer: "..." }.',
    }),
  );
  expect(() => rows.use(exact as never, { columns: { answer: "solutio" } } as never)).toThrow(
    'column "solutio" is not in the dataset, which has question, solution. Did you mean "solution"?',
  );
});

test("a column with a default may be missing, but not one that is mapped by name", () => {
  expect(() => rows.use(exact, { columns: { answer: "solution" } })).not.toThrow();
  expect(() => rows.use(exact as never, { columns: { answer: "solution", level: "grade" } } as never)).toThrow(
    'column "grade" is not in the dataset',
  );
});

test("what is mapped to an open reward must be in the dataset too", () => {
  const open = defineReward({
    name: "open",
    description: "1 if the completion is listed.",
    columns: z.looseObject({}),
    range: [0, 1],
    score: ({ completion, columns }) => (Object.values(columns).includes(completion) ? 1 : 0),
  });
  expect(() => rows.use(open, { columns: { hint: "solution" } })).not.toThrow();
  expect(() => rows.use(open as never, { columns: { hint: "hint" } } as never)).toThrow(
    'column "hint" is not in the dataset',
  );
});

test("a dataset of open rows is taken at its word", () => {
  expect(() => dataset(z.looseObject({ answer: z.string() })).use(exact)).not.toThrow();
});
