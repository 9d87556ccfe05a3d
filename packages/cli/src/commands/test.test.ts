// Runs the built command on projects as their authors have them: a plugin's package, a config, files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runHere, runProcess, type Environment, type Outcome } from "../run-here.test.fixture.js";

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** A folder with these files, in which the core and zod are installed. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "pavlov-test-"));
  made.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, "node_modules/@pavlov"), { recursive: true });
  const packages = fileURLToPath(new URL("../../../", import.meta.url));
  symlinkSync(join(packages, "core"), join(folder, "node_modules/@pavlov/core"), "junction");
  symlinkSync(join(packages, "../node_modules/zod"), join(folder, "node_modules/zod"), "junction");
  return folder;
}

const run = (cwd: string, args: readonly string[], env: Environment = {}): Promise<Outcome> =>
  runHere(cwd, ["test", ...args], env);

const endsWith = `
import { defineReward } from "@pavlov/core";
import { z } from "zod";
export const endsWith = defineReward({
  name: "ends-with", description: "1 if the completion ends with the word, else 0.",
  columns: z.object({ word: z.string() }), range: [0, 1] as [number, number],
  score({ completion, columns }) {
    return { score: completion.endsWith(columns.word) ? 1 : 0, reason: "looked for " + columns.word };
  },
});`;
const length = `
export const length = defineReward({
  name: "length", description: "Characters, by tens.", range: [0, 1],
  score: ({ completion }) => Math.min(1, completion.length / 10),
});`;
const plugin = {
  "package.json": JSON.stringify({
    name: "pavlov-reward-ends",
    type: "module",
    keywords: ["pavlov-reward"],
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  }),
  "src/index.ts": `${endsWith}${length}
import { definePlugin } from "@pavlov/core";
export default definePlugin({ namespace: "ends", rewards: { "ends-with": endsWith, length } });`,
  "fixtures/ends-with.jsonl":
    '{"name":"right","completion":"It is Paris","columns":{"word":"Paris"},"score":1}\n' +
    '{"name":"wrong","completion":"It is Rome","columns":{"word":"Paris"},"score":0}\n',
  "fixtures/length.yaml":
    "# Lengths\n- name: ten\n  completion: aaaaaaaaaa\n  score: 1 # all\n- completion: ''\n  score: 0\n",
};
const failing = {
  ...plugin,
  "fixtures/length.yaml":
    "# Lengths\n- name: ten\n  completion: aaaaaaaaaa\n  score: 0.5 # half\n- completion: ''\n  score: 0\n",
};

describe("a plugin's package", () => {
  test("is tested from its sources, where it is not built", async () => {
    const { code, stdout, stderr } = await runProcess(project(plugin), ["test"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      "pavlov test",
      "  ✓ ends-with  2 fixtures",
      "  ✓ length     2 fixtures",
      "",
      "4 fixtures of 2 rewards: 4 passed",
      "",
    ]);
  });

  test("is tested as it was built, unless the sources are newer", async () => {
    const folder = project({
      ...plugin,
      "dist/index.js": `${endsWith.replace(" as [number, number]", "")}${length.replace("/ 10", "/ 20")}`,
    });
    const [old, now] = [new Date(2020, 1, 1), new Date(2021, 1, 1)];
    utimesSync(join(folder, "src/index.ts"), old, old);
    utimesSync(join(folder, "dist/index.js"), now, now);
    expect((await run(folder, [])).stdout).toContain("✗ length     2 fixtures, 1 failed");
    utimesSync(join(folder, "src/index.ts"), new Date(), new Date());
    expect((await run(folder, [])).stdout).toContain("✓ length     2 fixtures");
  });

  test("that fails shows what was compared, and ends with 1", async () => {
    const { code, stdout } = await run(project(failing), []);
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        "fixtures/length.yaml:2 ten",
        "  score 1, not 0.5",
        '    completion        "aaaaaaaaaa"',
        "    expected          0.5",
        "    given             1",
        "",
        "4 fixtures of 2 rewards: 3 passed, 1 failed",
      ].join("\n"),
    );
  });

  test("tells a reward without fixtures, which is no success unless it is allowed", async () => {
    const files: Record<string, string> = { ...plugin };
    delete files["fixtures/length.yaml"];
    const folder = project(files);
    const { code, stdout } = await run(folder, []);
    expect(code).toBe(1);
    expect(stdout).toContain("- length     no fixtures (looked for fixtures/length.jsonl, .yaml, .yml)");
    expect(stdout).toContain("2 fixtures of 2 rewards: 2 passed; without fixtures: length");
    expect((await run(folder, ["--pass-with-no-fixtures"])).code).toBe(0);
  });

  test("tells faults of a fixture file, and goes on with the others", async () => {
    const folder = project({ ...plugin, "fixtures/ends-with.jsonl": '{"completion":"a","scor":1}\n' });
    const { code, stdout } = await run(folder, []);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'fixtures/ends-with.jsonl:1:19: the fixture has the unknown key "scor". Did you mean "score"?',
    );
    expect(stdout).toContain("✓ length     2 fixtures");
  });

  test("runs the standard checks where it is told to", async () => {
    const folder = project({ ...plugin, "src/index.ts": plugin["src/index.ts"].replace("Math.min(1, ", "(") });
    const { code, stdout } = await run(folder, ["--checks", "--filter", "length"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ length     2 fixtures, 5 checks, 2 failed");
    expect(stdout).toContain("length: survives hostile texts");
    expect(stdout).toContain("outside its range [0, 1]");
  });
});

describe("options", () => {
  test("--filter takes fixtures and rewards by their names", async () => {
    const folder = project(failing);
    expect((await run(folder, ["--filter", "RIGHT"])).stdout).toContain("1 fixture of 2 rewards: 1 passed");
    expect((await run(folder, ["--filter", "ends"])).code).toBe(0);
    expect((await run(folder, ["--filter", "length"])).code).toBe(1);
    const none = await run(folder, ["--filter", "nothing like it"]);
    expect([none.code, none.stderr]).toEqual([
      1,
      'error: No fixture, and no reward with fixtures, has "nothing like it" in its name.\n',
    ]);
  });

  test("--json prints one object", async () => {
    const { code, stdout } = await run(project(failing), ["--json"]);
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as { rewards: { fixtures: { passed: boolean }[] }[] };
    expect(report).toMatchObject({ passed: false, rewards: [{ name: "ends-with" }, { name: "length" }] });
    expect(report.rewards[1]?.fixtures).toMatchObject([
      { name: "ten", passed: false, line: 2, comparisons: [{ expected: { score: 0.5 }, given: { score: 1 } }] },
      { passed: true },
    ]);
  });

  test("--update writes nothing where nobody can be asked, and with --yes the new scores alone", async () => {
    const folder = project(failing);
    const path = join(folder, "fixtures/length.yaml");
    const refused = await run(folder, ["--update"]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      "error: --update asks before it writes, and nobody can be asked here: add --yes to write at once.\n",
    ]);
    expect(readFileSync(path, "utf8")).toBe(failing["fixtures/length.yaml"]);
    const { code, stdout } = await run(folder, ["--update", "--yes"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "fixtures/length.yaml\n  ten: score 0.5 → 1\n\nRecorded 1 value.\n\n4 fixtures of 2 rewards: 4 passed",
    );
    expect(readFileSync(path, "utf8")).toBe(failing["fixtures/length.yaml"].replace("0.5", "1"));
    expect((await run(folder, ["--update", "--yes"])).stdout).toContain("There is nothing to record.");
  });

  test("--update writes nothing into an installed package, and into one that is linked in", async () => {
    const row = '{"completion":"aaaaaaaaaa","score":0.5}\n';
    const installed = {
      "index.js": 'import { defineReward } from "@pavlov/core";' + length,
      "package.json": '{"type":"module","exports":"./index.js"}',
      "fixtures/length.jsonl": row,
    };
    const files = Object.entries(installed);
    const folder = project({
      "package.json": "{}",
      "pavlov.config.yaml":
        'dataset: { path: a.jsonl }\nrewards: { a: { use: "one#length" }, b: { use: "two#length" } }\n',
      ...Object.fromEntries(files.map(([path, text]) => [`node_modules/one/${path}`, text])),
      ...Object.fromEntries(files.map(([path, text]) => [`packages/two/${path}`, text])),
    });
    symlinkSync(join(folder, "packages/two"), join(folder, "node_modules/two"), "junction");
    symlinkSync(join(folder, "node_modules"), join(folder, "packages/two/node_modules"), "junction");
    const { code, stdout, stderr } = await run(folder, ["--update", "--yes"]);
    expect(stderr).toBe(
      "warning: node_modules/one/fixtures/length.jsonl is of an installed package and stays as it is.\n",
    );
    expect(stdout).toContain("Recorded 1 value.");
    expect(stdout).toMatch(
      /✗ length \(node_modules\/one\) +1 fixture, 1 failed\n {2}✗ length \([\w/]+\/two\) +1 fixture/,
    );
    expect(code).toBe(1);
    expect(readFileSync(join(folder, "node_modules/one/fixtures/length.jsonl"), "utf8")).toBe(row);
    expect(readFileSync(join(folder, "packages/two/fixtures/length.jsonl"), "utf8")).toContain('"score":1');
  });

  test("--update leaves what is no score, and still ends with 1", async () => {
    const folder = project({ ...plugin, "fixtures/ends-with.jsonl": '{"completion":"a","score":1}\n' });
    const { code, stdout } = await run(folder, ["--update", "--yes"]);
    expect(code).toBe(1);
    expect(stdout).toContain('the row has no column "word"');
    expect(readFileSync(join(folder, "fixtures/ends-with.jsonl"), "utf8")).toBe('{"completion":"a","score":1}\n');
  });

  test("--record keeps the answers of services, which are needed no more", async () => {
    const folder = project({
      "rewards/asks.mjs": `
import { defineReward } from "@pavlov/core";
export const asks = defineReward({
  name: "asks", description: "Asks a service.", range: [0, 1], needs: ["network"], env: ["ASKS_KEY"],
  async score({ completion }, { fetch, env }) {
    return Number(await (await fetch(process.env.ADDRESS, { method: "POST", body: completion + env.ASKS_KEY })).text());
  },
});`,
      "rewards/fixtures/asks.jsonl":
        '{"name":"high","completion":"a","score":1}\n{"name":"low","completion":"b","score":0}',
    });
    let asked = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => response.end(++asked && body === "along-secret" ? "1" : "0"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = { ADDRESS: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
      const key = { ASKS_KEY: "long-secret" };
      const before = await run(folder, [], { ...address, ...key });
      expect(before.code).toBe(1);
      expect(before.stdout).toContain("record it with pavlov test --record");
      expect(asked).toBe(0);
      const recorded = await run(folder, ["--record"], { ...address, ...key });
      expect(recorded.stdout).toContain("✓ asks  2 fixtures, 2 requests recorded");
      expect(await run(folder, ["rewards/asks.mjs"], address)).toMatchObject({ code: 0 });
      expect(asked).toBe(2);
      expect(readFileSync(join(folder, "rewards/fixtures/asks.requests.json"), "utf8")).not.toContain("long-secret");
    } finally {
      server.close();
    }
  });
});

describe("paths", () => {
  const files = {
    "pavlov.config.yaml":
      "dataset: { path: none.jsonl }\nrewards:\n  mine: { use: ./rewards/mine.ts#length, weight: 2 }\n  right: { use: exact-answer }\n",
    "rewards/mine.ts": endsWith + length,
    "fixtures/length.jsonl": '{"completion":"aaaaaaaaaa","score":1}\n{"completion":"","score":0}\n',
    "fixtures/ends-with.jsonl": plugin["fixtures/ends-with.jsonl"],
  };

  test("a config's own rewards are tested, and built-in ones named", async () => {
    const folder = project(files);
    for (const args of [[], ["pavlov.config.yaml"]]) {
      const { code, stdout } = await run(folder, args);
      expect(code).toBe(0);
      expect(stdout).toContain("✓ length  2 fixtures");
      expect(stdout).toContain("Not run, since they are built in: exact-answer");
    }
  });

  test("a file's rewards, one of them, and a file of fixtures", async () => {
    const folder = project(files);
    expect((await run(folder, ["rewards/mine.ts"])).stdout).toContain("4 fixtures of 2 rewards: 4 passed");
    expect((await run(folder, ["rewards/mine.ts#endsWith"])).stdout).toContain("2 fixtures of 1 reward: 2 passed");
    expect((await run(folder, ["fixtures/length.jsonl"])).stdout).toContain("2 fixtures of 1 reward: 2 passed");
  });

  test.each([
    ["nowhere", [], "error: There is no nowhere to test."],
    ["rewards/mine.ts#lenght", [], 'exports no reward "lenght": it has endsWith, length. Did you mean "length"?'],
    [
      "fixtures/lenght.jsonl",
      [],
      'is for the reward "lenght", which is not among those around it: length, exact-answer',
    ],
    ["notes.txt", [], "notes.txt is nothing that can be tested"],
    ["empty", [], "There is nothing to test in empty"],
  ])("%s is answered with a sentence", async (path, args, said) => {
    const folder = project({ ...files, "fixtures/lenght.jsonl": "", "notes.txt": "", "empty/x": "" });
    const { code, stderr } = await run(folder, [path, ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  });
});
