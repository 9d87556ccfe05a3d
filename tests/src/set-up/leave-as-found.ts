/**
 * Runs before each file of tests. Files share their processes, since half a second of processor time goes into each new
 * one: what a file changes of its process is changed back after it, so that no file depends on those before it.
 */
import { afterAll } from "vitest";

const environment = { ...process.env };
const folder = process.cwd();
const { exitCode } = process;

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name];
  Object.assign(process.env, environment);
  if (process.cwd() !== folder) process.chdir(folder);
  process.exitCode = exitCode;
});
