/**
 * Whether Python's transformers and PEFT load what Pavlov writes, and compute the same with it:
 * `npm run parity:python -- --python <python> [--shared <folder>] [--keep <folder>]`. Trains small models for two steps,
 * fully and with LoRA, writes what Pavlov computes with them beside, and lets check_loading.py compare. `--shared` adds
 * the model families of its spec/golden/models. Exits with 1 where a check fails, with 2 where none could be made.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createOnnxRuntimeEngine } from "@pavlov/trainer";
import { explain } from "../bench/usage-error.js";
import { computedCase } from "./computed-case.js";
import { trainedFolders } from "./trained-folders.js";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const script = join(repository, "tests/python/check_loading.py");
const bundledModel = join(repository, "models/arithmetic");

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isDirectory() === true;

/** The models to train: the one that comes with Pavlov, and those of a folder of golden numbers. */
const startingModels = async (shared: string | undefined): Promise<Record<string, string>> => {
  const models: Record<string, string> = { arithmetic: bundledModel };
  if (shared === undefined) return models;
  const root = join(resolve(shared), "spec/golden/models");
  for (const name of (await readdir(root)).toSorted()) {
    const files = await readdir(join(root, name));
    if (files.includes("model.safetensors")) models[name] = join(root, name);
  }
  return models;
};

const runPython = (python: string, cases: string): Promise<number> =>
  new Promise((done) => {
    const child = spawn(python, [script, cases], { stdio: "inherit" });
    child.on("error", (error) => {
      console.error(`error: ${python} cannot be started: ${error.message}`);
      done(2);
    });
    child.on("exit", (code) => done(code ?? 1));
  });

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { python: { type: "string", default: "python3" }, shared: { type: "string" }, keep: { type: "string" } },
  });
  if (values.shared !== undefined && !(await isFolder(values.shared))) {
    console.error(`error: --shared ${values.shared} is not a folder.`);
    return 2;
  }
  const folder = values.keep === undefined ? await mkdtemp(join(tmpdir(), "pavlov-python-")) : resolve(values.keep);
  const engine = await createOnnxRuntimeEngine();
  try {
    const cases = [];
    for (const [name, model] of Object.entries(await startingModels(values.shared))) {
      for (const written of await trainedFolders(model, join(folder, name))) {
        cases.push({ name: `${name}: ${written.what}`, ...(await computedCase(engine, written)) });
      }
    }
    const path = join(folder, "cases.json");
    await writeFile(path, JSON.stringify(cases));
    return await runPython(values.python, path);
  } finally {
    engine.dispose();
    if (values.keep === undefined) await rm(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main().catch((error: unknown) =>
  explain(error, "usage: npm run parity:python -- --python <python> [--shared <folder>] [--keep <folder>]"),
);
