import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attempt } from "./attempt.js";
import { chanceOf } from "./chance.js";
import { writeCheckpoints } from "./checkpoint.js";
import { damage } from "./damage.js";

let root: string;
let bases: readonly string[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pavlov-fuzz-"));
  bases = await writeCheckpoints(root);
});
afterAll(() => rm(root, { recursive: true }));

test("checkpoints that are whole are loaded", async () => {
  for (const base of bases) expect(await attempt(base)).toEqual({ kind: "loaded", message: "" });
});

describe("a damaged checkpoint is loaded or refused in one sentence", () => {
  test.each(Array.from({ length: 60 }, (_, round) => round))("%i", async (round) => {
    const chance = chanceOf(round);
    const folder = join(root, `model-${round}`);
    await cp(chance.pick(bases), folder, { recursive: true });
    const done = await damage(folder, chance);
    const { kind, message } = await attempt(folder);
    expect(["loaded", "refused"], `${done}: ${message}`).toContain(kind);
    expect(message.split("\n"), done).toHaveLength(1);
  });
});
