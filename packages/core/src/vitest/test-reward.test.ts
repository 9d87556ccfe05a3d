/** Runs vitest on tests that fail, in a project of their own that uses the build, and reads what it prints. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, type TemporaryProject } from "../registry/project.test.support.js";

const installed = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));
let project: TemporaryProject;

const rewards = `
import { defineReward } from "@pavlov/core";
import { z } from "zod";
export const endsWith = defineReward({
  name: "ends-with", description: "1 if the completion ends with the word, else 0.",
  columns: z.object({ word: z.string() }), range: [0, 1],
  score({ completion, columns }) {
    const score = completion.endsWith(columns.word) ? 1 : 0;
    return { score, reason: "looked for " + columns.word, metrics: { characters: completion.length } };
  },
});
export const asks = defineReward({
  name: "asks", description: "Asks a service.", range: [0, 1], needs: ["network"], env: ["ASKS_KEY"],
  async score({ completion }, { fetch, env }) {
    const answer = await fetch(process.env.ADDRESS, { method: "POST", body: completion + env.ASKS_KEY });
    return Number(await answer.text());
  },
});`;

beforeAll(async () => {
  project = await createProject({
    "rewards.ts": rewards,
    "fixtures/ends-with.jsonl": [
      '{"name":"right","completion":"It is Paris","columns":{"word":"Paris"},"score":1}',
      '{"name":"wrong","completion":"It is Rome","columns":{"word":"Paris"},"score":0}',
      `{"name":"with a full stop","completion":"${"very ".repeat(200)}Paris.","columns":{"word":"Paris"},"score":1}`,
    ].join("\n"),
    "fixtures/broken.jsonl": '{"completion":"a","scor":1}',
    "fixtures/asks.jsonl": '{"name":"high","completion":"a","score":1}\n{"name":"low","completion":"b","score":0}',
    "failing.test.ts": `
import { testReward } from "@pavlov/core/vitest";
import { endsWith } from "./rewards.js";
testReward(endsWith, { fixtures: new URL("fixtures/ends-with.jsonl", import.meta.url), runs: 5 });`,
    "broken.test.ts": `
import { testReward } from "@pavlov/core/vitest";
import { endsWith } from "./rewards.js";
testReward(endsWith, { fixtures: "fixtures/broken.jsonl" });`,
    "asks.test.ts": `
import { testReward } from "@pavlov/core/vitest";
import { asks } from "./rewards.js";
testReward(asks, { fixtures: new URL("fixtures/asks.jsonl", import.meta.url) });`,
  });
  await symlink(join(installed, "vitest"), join(project.folder, "node_modules/vitest"));
});
afterAll(() => project.remove());

interface Run {
  readonly code: number;
  readonly output: string;
}

function vitest(file: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const args = [join(installed, "vitest/vitest.mjs"), "run", "--no-color", file];
  // This process's own variables say that it is a test of vitest's.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  return new Promise((resolve) => {
    const options = { cwd: project.folder, env: { ...Object.fromEntries(own), PAVLOV_RECORD: "", ...env } };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

// Each starts vitest once or more.
describe("a test of a reward", { timeout: 180_000 }, () => {
  test("fails with what was compared, at the fixture's own line", async () => {
    const { code, output } = await vitest("failing.test.ts");
    expect(code).toBe(1);
    expect(output).toContain("✓ 1: right");
    expect(output).toContain("× 3: with a full stop");
    const failure = output.slice(output.indexOf("FAIL"));
    const place = 'failing.test.ts > reward "ends-with" > fixtures > 3: with a full stop';
    expect(failure).toContain(place);
    const lines = failure.slice(failure.indexOf("AssertionError")).split("\n");
    expect(lines.slice(0, 7).map((line) => line.trimEnd().replaceAll(/(very ?){4,}/g, "very … "))).toEqual([
      "AssertionError: score 0, not 1",
      expect.stringMatching(/^ {2}completion {8}"very … \[… 706 characters …\].*very … Paris\."$/),
      "  expected          1",
      "  given             0",
      "  reason            looked for Paris",
      "  metrics           characters 1006",
      expect.stringContaining("fixtures/ends-with.jsonl:3:1"),
    ]);
    expect(output).not.toContain("node_modules/@pavlov/core/dist");
    expect(output).toMatch(/1 failed \| 2[0-9] passed/);
  });

  test("fails where the fixtures cannot be read, with their faults", async () => {
    const { code, output } = await vitest("broken.test.ts");
    expect(code).toBe(1);
    expect(output).toContain(
      'fixtures/broken.jsonl:1:19: the fixture has the unknown key "scor". Did you mean "score"?',
    );
  });

  test("makes no request that was not recorded, and records them where it is told to", async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => response.end(++asked && body === "along-secret" ? "1" : "0"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const env = { ADDRESS: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ASKS_KEY: "long-secret" };
      const refused = await vitest("asks.test.ts", env);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain("PAVLOV_RECORD=1");
      expect(asked).toBe(0);

      const recorded = await vitest("asks.test.ts", { ...env, PAVLOV_RECORD: "1" });
      expect(recorded).toMatchObject({ code: 0 });
      expect(asked).toBe(2);
      const file = join(project.folder, "fixtures/asks.requests.json");
      expect(existsSync(file)).toBe(true);
      expect(readFileSync(file, "utf8")).not.toContain("long-secret");

      // Neither the service nor the secret is needed any more.
      expect(await vitest("asks.test.ts", { ADDRESS: env.ADDRESS })).toMatchObject({ code: 0 });
      expect(asked).toBe(2);
    } finally {
      server.close();
    }
  });
});
