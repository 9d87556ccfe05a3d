import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileAddon, compilerArguments, type CompileOptions } from "./compile-addon.js";

let folder: string;
let options: CompileOptions;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-compile-"));
  await mkdir(join(folder, "binding"));
  for (const name of ["tfjs_backend.cc", "tfjs_binding.cc"]) await writeFile(join(folder, "binding", name), "");
  options = {
    compiler: process.execPath,
    packageFolder: folder,
    apiVersion: 8,
    nodeHeaders: "/headers",
    tensorflow: { folder: "/a folder, with a comma/tensorflow", include: "/include", cuda: null },
    output: join(folder, "addon.node"),
    logFile: join(folder, "log"),
  };
});
afterEach(() => rm(folder, { recursive: true }));

test("the addon is told where TensorFlow's libraries lie, whatever the folder's name", () => {
  const given = compilerArguments(options);
  const at = given.indexOf("-rpath");
  expect(given.slice(at - 1, at + 3)).toEqual(["-Xlinker", "-rpath", "-Xlinker", options.tensorflow.folder]);
  expect(given).toContain("-l:libtensorflow_cc.so.2");
  expect(given).toContain("-DNAPI_VERSION=8");
});

test("a failure names the compiler, what it said, and the file that has all of it", async () => {
  // Node.js refuses the arguments of a compiler.
  await expect(compileAddon(options)).rejects.toMatchObject({
    message: expect.stringContaining(`${process.execPath} does not compile the addon: `) as string,
    hint: expect.stringContaining(options.logFile) as string,
  });
  const log = await readFile(options.logFile, "utf8");
  expect(log).toContain("-std=c++17");
  expect(log).toContain("bad option");
});

test("a package without its sources is to be installed again", async () => {
  await rm(join(folder, "binding", "tfjs_binding.cc"));
  await expect(compileAddon(options)).rejects.toThrow("has no binding/tfjs_binding.cc");
});
