/** The schema that stands for omitted `columns` or `params`: accepts any object and returns an empty one. */
import type { NoSchema } from "../reward.js";

/** Validates any object (or nothing) to `{}`. */
export const emptySchema: NoSchema = {
  "~standard": {
    version: 1,
    vendor: "pavlov",
    validate: (value) =>
      value === undefined || (typeof value === "object" && value !== null)
        ? { value: {} }
        : { issues: [{ message: "Invalid input: expected an object" }] },
    jsonSchema: { input: emptyJsonSchema, output: emptyJsonSchema },
  },
};

function emptyJsonSchema(): Record<string, unknown> {
  return { type: "object", properties: {} };
}
