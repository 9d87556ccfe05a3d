import fc from "fast-check";
import { expect, test } from "vitest";
import { manifestSchema } from "../manifest/manifest-schema.js";
import { compileJsonSchema } from "./compile-json-schema.js";
import { fitsSchema } from "./fits-schema.js";

const reward = {
  name: "executes",
  description: "Runs it.",
  columns: { type: "object" },
  params: { type: "object" },
  reads: ["prompt"],
  range: [0, null],
  scope: "sample",
  deterministic: true,
  cacheable: false,
};
const manifest = {
  apiVersion: 1,
  namespace: "sql",
  rewards: { executes: reward },
  presets: { recommended: { executes: { weight: 1, columns: { answer: "solution" } } } },
};

test("a usual manifest fits", () => {
  expect(fitsSchema(manifest, manifestSchema)).toBe(true);
  expect(fitsSchema({ ...manifest, later: "keys of later versions" }, manifestSchema)).toBe(true);
});

test.each([
  ["no object", []],
  ["a missing key", { apiVersion: 1, namespace: "sql" }],
  ["a namespace in capitals", { ...manifest, namespace: "SQL" }],
  ["a namespace that is too long", { ...manifest, namespace: "a".repeat(101) }],
  ["a half API version", { ...manifest, apiVersion: 1.5 }],
  ["a reward's name that is none", { ...manifest, rewards: { "a b": reward } }],
  ["an empty description", { ...manifest, rewards: { executes: { ...reward, description: "" } } }],
  ["a range of one bound", { ...manifest, rewards: { executes: { ...reward, range: [0] } } }],
  ["an unknown scope", { ...manifest, rewards: { executes: { ...reward, scope: "all" } } }],
  ["a column mapped to a number", { ...manifest, presets: { one: { executes: { columns: { answer: 1 } } } } }],
])("%s does not fit", (_, value) => {
  expect(fitsSchema(value, manifestSchema)).toBe(false);
});

test("what it takes, ajv takes: manifests damaged at random", async () => {
  const validate = await compileJsonSchema(manifestSchema);
  const paths = pathsOf(manifest);
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 }), (path, value) => {
      const damaged = replaced(manifest, path, value);
      if (!fitsSchema(damaged, manifestSchema)) return;
      taken += 1;
      expect(validate(damaged)).toEqual([]);
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(50);
});

test("a keyword that it does not know is for others to judge", () => {
  expect(fitsSchema(1, { type: "number", multipleOf: 1 })).toBe(false);
});

type Path = readonly string[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))
      : [];
  return [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, item]) => [name, name === key ? replaced(item, rest, by) : item]),
  );
}
