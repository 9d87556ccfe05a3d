import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkSmolLM2 } from "./smollm2.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-parity-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("without the model in its usual place its part is skipped, which is not passing", async () => {
  // Where a system takes the home folder from: Windows has another name for it.
  for (const name of ["HOME", "USERPROFILE"]) vi.stubEnv(name, folder);
  const checks = await checkSmolLM2(folder);
  expect(checks).toMatchObject([{ skipped: true, detail: expect.stringContaining("give the model's folder with") }]);
});

test("a model that was named and is not there is a failure", async () => {
  const missing = join(folder, "missing");
  const [check, ...others] = await checkSmolLM2(folder, missing);
  expect(others).toEqual([]);
  expect(check).toEqual({
    name: "SmolLM2-135M-Instruct",
    passed: false,
    detail: `there is no config.json in ${missing}, which --model names`,
  });
});
