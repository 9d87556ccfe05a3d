// Binding rewards to a dataset: what compiles, and what does not and why.
import { z } from "zod";
import { compose, dataset, defineReward, use } from "../index.js";

const judge = defineReward({
  name: "judge",
  description: "How well the completion follows the rubric.",
  columns: z.object({ rubric: z.string(), level: z.number().default(1) }),
  params: z.object({ model: z.string(), maximum: z.number().default(1) }),
  range: (params) => [0, params.maximum],
  score: ({ columns }, { params }) => Math.min(columns.rubric.length + columns.level, params.maximum),
});
const length = defineReward({
  name: "length",
  description: "Characters.",
  range: [0, null],
  score: ({ completion }) => completion.length,
});
const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer.",
  columns: z.object({ answer: z.string() }),
  range: [0, 1],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});

const rows = dataset(z.object({ question: z.string(), solution: z.string(), steps: z.number() }), "train.jsonl");

rows.use(length);
rows.use(length, { weight: 0.1 });
rows.use(exact, { columns: { answer: "solution" } });
rows.use(judge, { params: { model: "small" }, columns: { rubric: "solution", level: "steps" } });

rows.use(exact); // expect: column "answer" is not in the dataset
rows.use(exact, {}); // expect: column "answer" is not in the dataset
rows.use(exact, { columns: {} }); // expect: column "answer" is not in the dataset
rows.use(judge, { params: { model: "small" } }); // expect: column "rubric" is not in the dataset
rows.use(exact, { columns: { answer: "steps" } }); // expect: Type '"steps"' is not assignable to type '"question" | "solution" | undefined'
rows.use(exact, { columns: { answer: "solutio" } }); // expect: Type '"solutio"' is not assignable to type '"question" | "solution" | undefined'
rows.use(exact, { columns: { anwser: "solution" } }); // expect: 'anwser' does not exist
rows.use(judge, { columns: { rubric: "solution" } }); // expect: Property 'params' is missing
rows.use(judge, { columns: { rubric: "solution" }, params: {} }); // expect: Property 'model' is missing
rows.use(judge, { columns: { rubric: "solution" }, params: { model: 3 } }); // expect: Type 'number' is not assignable to type 'string'
rows.use(judge, { columns: { rubric: "solution" }, params: { model: "a", maxmum: 3 } }); // expect: 'maxmum' does not exist
rows.use(length, { weight: "1" }); // expect: Type 'string' is not assignable to type 'number'

const typed = dataset(z.object({ answer: z.number(), text: z.string() }));
typed.use(exact); // expect: column "answer" has another type in the dataset
typed.use(exact, { columns: { answer: "text" } });

// Columns that a loose schema does not name are of unknown type, and taken at their word.
const loose = dataset(z.looseObject({ answer: z.number() }));
loose.use(judge, { params: { model: "a" }, columns: { rubric: "anything" } });
loose.use(exact); // expect: column "answer" has another type in the dataset

// A column that may be missing from the file does not satisfy one that must be there.
const partial = dataset(z.object({ answer: z.string().optional() }));
partial.use(exact); // expect: column "answer" has another type in the dataset

const composite = compose({
  correct: use(exact, { columns: { answer: "gold" } }),
  judged: use(judge, { params: { model: "a" } }),
  length,
});
rows.use(composite); // expect: is not in the dataset; map it
dataset(z.object({ gold: z.string(), rubric: z.string() })).use(composite);
rows.use(composite, { columns: { gold: "solution", rubric: "question" } });
compose({ nested: use(composite, { columns: { gold: "solution" } }), again: composite });
use(composite, { columns: { golden: "solution" } }); // expect: 'golden' does not exist
use(judge); // expect: Expected 2 arguments
dataset(z.string()); // expect: Argument of type 'ZodString' is not assignable to parameter of type 'ObjectSchema
dataset({ question: "string" }); // expect: 'question' does not exist in type 'ObjectSchema
