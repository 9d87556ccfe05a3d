import { expect, test } from "vitest";
import { findCompiler, runProgram } from "./compiler.js";

test("takes the compiler that is named, where it runs", async () => {
  expect(await findCompiler(process.execPath)).toBe(process.execPath);
});

test("a compiler that is named and does not run is missed, and no other is taken", async () => {
  await expect(findCompiler("no-such-compiler")).rejects.toThrow("CXX is no-such-compiler, which does not run.");
});

test("says that there is no compiler", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    await expect(findCompiler("")).rejects.toThrow("There is no C++ compiler here");
  } finally {
    process.env["PATH"] = path;
  }
});

test("a program gives both of its outputs and its exit code", async () => {
  const script = 'process.stdout.write("out "); process.stderr.write("err"); process.exitCode = 3;';
  const { code, output, failure } = await runProgram(process.execPath, ["-e", script]);
  expect([code, failure]).toEqual([3, null]);
  expect(output).toContain("out ");
  expect(output).toContain("err");
});

test("a program is ended with the signal", async () => {
  const controller = new AbortController();
  const running = runProgram(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { signal: controller.signal });
  controller.abort();
  expect((await running).code).toBeNull();
});
