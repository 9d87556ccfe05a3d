/** `pavlov gpu`: what it says where something is missing. That it builds is tried by tests/src/tfjs-node. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHere } from "../run-here.test.fixture.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-gpu-command-"));
  const files = [
    "libtensorflow_cc.so.2",
    "libtensorflow_framework.so.2",
    "include/tensorflow/c/c_api.h",
    "include/tensorflow/c/eager/c_api.h",
    "include/tensorflow/core/platform/ctstring_internal.h",
  ];
  for (const name of files) {
    const file = join(folder, "tensorflow", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
  }
});
afterAll(() => rm(folder, { recursive: true }));

test("the folder of TensorFlow must be given", async () => {
  const { code, stderr } = await runHere(folder, ["gpu", "build-tfjs"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--tensorflow <folder>");
});

test("the help says how to get everything", async () => {
  const { stdout } = await runHere(folder, ["gpu", "build-tfjs", "--help"]);
  expect(stdout).toContain("npm install --ignore-scripts @tensorflow/tfjs-node-gpu");
  expect(stdout).toContain('pip install "tensorflow[and-cuda]"');
});

describe.skipIf(process.platform !== "linux")("on Linux", () => {
  test("a folder without TensorFlow is named", async () => {
    const { code, stdout, stderr } = await runHere(folder, ["gpu", "build-tfjs", "--tensorflow", "nothing", "--json"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("error: There is no folder nothing.");
  });

  test("a folder that is not the package's is named", async () => {
    const env = { PAVLOV_TFJS_NODE: folder };
    const { code, stderr } = await runHere(folder, ["gpu", "build-tfjs", "--tensorflow", "tensorflow"], env);
    expect(code).toBe(1);
    expect(stderr).toContain(`PAVLOV_TFJS_NODE is ${folder}, which is no folder of @tensorflow/tfjs-node-gpu.`);
  });
});
