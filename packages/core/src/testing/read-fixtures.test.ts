import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorMessage, PavlovError } from "../error.js";
import { fixtureListSchema, fixtureRowSchema } from "./fixture-schema.js";
import { findFixtures, readFixtures } from "./read-fixtures.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-fixtures-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

let count = 0;
/** What reading the text as a file says, without the file's own path. */
async function refusal(text: string, extension = "jsonl"): Promise<string> {
  const path = await file(`refused-${count++}.${extension}`, text);
  return readFixtures(path).then(
    () => "read",
    (thrown: unknown) =>
      PavlovError.isInstance(thrown)
        ? errorMessage(thrown).replaceAll(path, "file")
        : `not a PavlovError: ${String(thrown)}`,
  );
}

const single = '{"name":"right","completion":"a","columns":{"word":"a"},"params":{"ignoreCase":true},"score":1}';

describe("forms of rows", () => {
  test("a sample with a score, an error, a group, a pair", async () => {
    const path = await file(
      "forms.jsonl",
      [
        single,
        '{"completion":"b","score":[0,0.5],"reason":"r","metrics":{"m":1}}',
        '{"completion":"c","error":"wrong"}',
        '{"group":[{"completion":"d","score":1},{"completion":"e","score":null}],"params":{"p":1}}',
        '{"better":{"completion":"f"},"worse":{"completion":"g","params":{"p":2}},"params":{"p":1}}',
      ].join("\n"),
    );
    const { fixtures, file: read } = await readFixtures(pathToFileURL(path));
    expect(read).toBe(path);
    expect(fixtures.map(({ name, kind, location }) => [location?.line, name, kind])).toEqual([
      [1, "right", "scored"],
      [2, '"b"', "scored"],
      [3, '"c"', "failing"],
      [4, 'group of 2, "d" first', "scored"],
      [5, '"f" over "g"', "ranked"],
    ]);
    expect(fixtures[1]).toMatchObject({
      case: { samples: [{ completion: "b" }], params: {} },
      expected: [{ score: [0, 0.5], reason: "r", metrics: { m: 1 } }],
    });
    expect(fixtures[4]).toMatchObject({ better: { params: { p: 1 } }, worse: { params: { p: 2 } } });
  });

  test("what a row's samples have in common stands once, and a sample's own takes its place", async () => {
    const rows = [
      '{"columns":{"a":1},"prompt":"p","better":{"completion":"x"},"worse":{"completion":"y","columns":{"a":2}}}',
      '{"columns":{"a":1},"group":[{"completion":"x","score":1},{"completion":"y","prompt":"q","score":0}]}',
    ];
    const { fixtures } = await readFixtures(await file("shared.jsonl", rows.join("\n")));
    expect(fixtures[0]).toMatchObject({
      better: { samples: [{ completion: "x", columns: { a: 1 }, prompt: "p" }] },
      worse: { samples: [{ completion: "y", columns: { a: 2 }, prompt: "p" }] },
    });
    expect(fixtures[1]).toMatchObject({
      case: {
        samples: [
          { completion: "x", columns: { a: 1 } },
          { completion: "y", columns: { a: 1 }, prompt: "q" },
        ],
      },
    });
  });

  test("what a reward reads besides", async () => {
    const row =
      '{"completion":"a","prompt":"p","messages":[{"role":"user","content":"p"}],"tokenIds":[1],"finishReason":"length","score":0}';
    const { fixtures } = await readFixtures(await file("reads.jsonl", row));
    expect(fixtures[0]).toMatchObject({
      case: {
        samples: [{ prompt: "p", messages: [{ role: "user", content: "p" }], tokenIds: [1], finishReason: "length" }],
      },
    });
  });

  test("YAML says the same as JSON Lines, with lines of its own", async () => {
    const text = `# Comment\n- name: right\n  completion: a\n  columns: { word: a }\n  params: { ignoreCase: true }\n  score: 1\n\n- completion: |\n    two\n    lines\n  score: ~\n`;
    const { fixtures } = await readFixtures(await file("list.yaml", text));
    const [fromJson] = (await readFixtures(await file("one.jsonl", single))).fixtures;
    expect({ ...fixtures[0], location: undefined }).toEqual({ ...fromJson, location: undefined });
    expect(fixtures.map(({ location }) => location?.line)).toEqual([2, 8]);
    expect(fixtures[1]).toMatchObject({
      case: { samples: [{ completion: "two\nlines\n" }] },
      expected: [{ score: null }],
    });
  });

  test("a byte order mark, carriage returns and blank lines are no matter", async () => {
    const { fixtures } = await readFixtures(
      await file("windows.jsonl", `\ufeff${single}\r\n\r\n{"completion":"","score":0}\r\n`),
    );
    expect(fixtures.map(({ name, location }) => [name, location?.line])).toEqual([
      ["right", 1],
      ['""', 3],
    ]);
    expect(
      (await readFixtures(await file("windows.yaml", "\ufeff- completion: a\r\n  score: 1\r\n"))).fixtures,
    ).toHaveLength(1);
  });
});

describe("faults are told by line and column", () => {
  test.each([
    [
      "a key that is mistyped",
      '{"completion":"a","scor":1}',
      'file:1:19: the fixture has the unknown key "scor". Did you mean "score"?',
    ],
    [
      "a key that is like none",
      '{"completion":"a","score":1,"zzz":1}',
      'unknown key "zzz". There are name, completion,',
    ],
    ["no score", '{"name":"n","completion":"a"}', 'file:1:1: fixture "n": a fixture needs a "score"'],
    ["a score and an error", '{"completion":"a","score":1,"error":"e"}', "and this one has both"],
    ["no completion", '{"score":1}', 'file:1:1: the fixture has no "completion"'],
    [
      "a score that is text",
      '{"completion":"a","score":"1"}',
      'file:1:27: "score" must be a number, [lowest, highest] or null, not "1"',
    ],
    [
      "bounds the wrong way round",
      '{"completion":"a","score":[1,0]}',
      "file:1:27: the lowest score must come first, not [1,0]",
    ],
    ["a completion that is no text", '{"completion":7,"score":1}', 'file:1:15: "completion" must be text, not 7'],
    [
      "a reason for ending that is none",
      '{"completion":"a","score":1,"finishReason":"end"}',
      '"finishReason" must be "stop" or "length", not "end"',
    ],
    ["an empty group", '{"group":[]}', '"group" must not be empty'],
    ["a member without a score", '{"group":[{"completion":"a"}]}', 'file:1:11: "group[0]" has no "score"'],
    [
      "a group with scores and an error",
      '{"group":[{"completion":"a","score":1}],"error":"e"}',
      "a group has scores or an",
    ],
    ["half a pair", '{"better":{"completion":"a"}}', 'the fixture has no "worse"'],
    [
      "a score in a pair",
      '{"better":{"completion":"a","score":1},"worse":{"completion":"b"}}',
      '"better" has the unknown key "score"',
    ],
    ["a list", "[]", "a fixture must be an object such as"],
    ["no JSON", '{"completion":"a",\n', "file:1:19: not valid JSON"],
    ["a key twice", '{"completion":"a","score":1,"score":0}', 'file:1:29: the key "score" stands twice'],
    ["a key twice within columns", '{"completion":"a","score":1,"columns":{"x":1,"x":2}}', 'the key "x" stands twice'],
    ["a name twice", `${single}\n${single}`, 'file:2:9: the name "right" stands in line 1 already'],
    ["nothing", "\n \n", "file holds no fixture: write a row such as"],
  ])("%s", async (_, text, said) => {
    expect(await refusal(text)).toContain(said);
  });

  test("all of them at once, in their order", async () => {
    const lines = (await refusal('{"completion":1,"score":1}\n{"completion":"a","score":1}\n{"score":"x"}')).split(
      "\n",
    );
    expect(lines.map((line) => line.slice(0, 9))).toEqual(["file:1:15", "file:3:1:", "file:3:10"]);
  });

  test("in YAML too", async () => {
    expect(await refusal("- completion: a\n  score: x\n", "yaml")).toContain('file:2:10: "score" must be a number');
    expect(await refusal("completion: a\n", "yaml")).toContain("file:1:1: a fixture file in YAML is a list");
    expect(await refusal("- completion: [\n", "yml")).toContain("not valid YAML");
    expect(await refusal("- {completion: a, score: .nan}\n", "yaml")).toContain('"score" must be a number');
    expect(await refusal("# nothing\n", "yaml")).toContain("holds no fixture");
  });

  test("of the file itself", async () => {
    expect(await refusal("a,b\n", "csv")).toContain("its name must end in one of .jsonl, .yaml, .yml");
    await expect(readFixtures(join(folder, "gone.jsonl"))).rejects.toThrow("cannot be read");
  });
});

test("a reward's files are found in a package and in a folder of its own", async () => {
  const found = [
    await file("package/fixtures/length.jsonl", single),
    await file("package/fixtures/length.yaml", "- {completion: a, score: 1}"),
    await file("package/src/length/fixtures.jsonl", single),
  ];
  await mkdir(join(folder, "package/fixtures/length.yml"));
  expect(await findFixtures(join(folder, "package"), "length")).toEqual(found);
  expect(await findFixtures(join(folder, "package"), "other")).toEqual([]);
});

test("the schemas are those of draft-07 and take what is read", () => {
  const ajv = new Ajv();
  const [row, list] = [ajv.compile(fixtureRowSchema), ajv.compile(fixtureListSchema)];
  expect(row(JSON.parse(single))).toBe(true);
  expect(list([JSON.parse(single), { completion: "", error: "e" }])).toBe(true);
  expect(row({ completion: "" })).toBe(false);
  expect(list([{ completion: "", scroe: 1 }])).toBe(false);
});
