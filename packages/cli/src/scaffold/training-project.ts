/** A new training project: config, a reward with fixtures, rows, and scripts that run as they stand. */
import { access, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage, PavlovError } from "@pavlov/core";
import { folderSchema, schemaPath, writeSchema } from "../editor-schema/write-schema.js";
import { completionRows, heldOutRows, trainingRows } from "./sums.js";

/** The model of a project whose user names none: small enough for a processor. */
export const defaultModel = "HuggingFaceTB/SmolLM2-135M-Instruct";

/** Names in the template that npm would change or leave out. */
const templateFiles: Readonly<Record<string, string>> = {
  ".gitignore": "_gitignore",
  ".npmrc": "_npmrc",
  "README.md": "README.md",
  "tsconfig.json": "tsconfig.json",
  "pavlov.config.yaml": "pavlov.config.yaml",
  "rewards/brief.ts": "rewards/brief.ts",
  "fixtures/brief.jsonl": "fixtures/brief.jsonl",
};
const template = fileURLToPath(new URL("../../template/", import.meta.url));

/** Files that a folder may have already: they stay as they are. */
const kept = ["package.json", ".gitignore", ".npmrc", "README.md", "tsconfig.json"];

export interface TrainingProject {
  /** Absolute. */
  readonly folder: string;
  /** What was written, relative to the folder. */
  readonly files: readonly string[];
  /** What was there already and stayed. */
  readonly kept: readonly string[];
  readonly model: string;
}

/**
 * Makes a project in a folder, which is made where it does not exist.
 *
 * @param model a folder, from the working directory, or an id of the hub
 * What an interrupted call has begun is brought to its end.
 *
 * @throws PavlovError where a file is there already that would be written; then nothing is written.
 */
export async function createTrainingProject(folder: string, model: string): Promise<TrainingProject> {
  const target = resolve(folder);
  const entry = await stat(target).catch(() => undefined);
  if (entry !== undefined && !entry.isDirectory()) {
    throw new PavlovError(`${folder} is there already, and is no folder.`, { hint: "Name another folder." });
  }
  const files = await projectFiles(target, model);
  const present: string[] = [];
  for (const path of [...Object.keys(files), schemaPath]) if (await exists(join(target, path))) present.push(path);
  // The schema is written last: without it, what is there as it would be written is of a command that was interrupted.
  const begun = present.includes(schemaPath) ? [] : await unchanged(target, files, present);
  const taken = present.filter((path) => !kept.includes(path) && !begun.includes(path));
  if (taken.length > 0) {
    throw new PavlovError(`${folder} already has ${taken.join(", ")}: nothing was written.`, {
      hint: "Name another folder, or remove what is in the way.",
    });
  }
  // What keeps the schema from being made is told before anything is written.
  if (present.includes("package.json")) await folderSchema(target);
  const written = Object.keys(files).filter((path) => !present.includes(path));
  try {
    for (const path of written) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(join(target, path), files[path] ?? "", { flag: "wx" });
    }
  } catch (cause) {
    throw new PavlovError(`The project cannot be written to ${folder}: ${errorMessage(cause)}.`, { cause });
  }
  const { schema } = await folderSchema(target);
  await writeSchema(join(target, schemaPath), schema);
  return { folder: target, files: [...written, schemaPath], kept: present, model };
}

/** Which of the files have what would be written. */
async function unchanged(
  target: string,
  files: Readonly<Record<string, string>>,
  paths: readonly string[],
): Promise<readonly string[]> {
  const texts = await Promise.all(paths.map((path) => readFile(join(target, path), "utf8").catch(() => undefined)));
  return paths.filter((path, index) => files[path] === texts[index]);
}

async function projectFiles(target: string, model: string): Promise<Readonly<Record<string, string>>> {
  const values = await placeholders(target, model);
  const texts = await Promise.all(
    Object.entries(templateFiles).map(async ([path, from]): Promise<[string, string]> => {
      const text = await readFile(join(template, from), "utf8");
      // A line whose placeholder has no value is left out.
      const lines = text.split("\n").filter((line) => !line.includes("__SYSTEM__") || values["SYSTEM"] !== undefined);
      return [path, lines.join("\n").replace(/__([A-Z]+)__/g, (found, name: string) => values[name] ?? found)];
    }),
  );
  return {
    ...Object.fromEntries(texts),
    "package.json": `${JSON.stringify(await packageFile(target), null, 2)}\n`,
    "data/train.jsonl": jsonLines(trainingRows()),
    "data/heldout.jsonl": jsonLines(heldOutRows()),
    "data/completions.jsonl": jsonLines(completionRows()),
  };
}

const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function placeholders(target: string, model: string): Promise<Readonly<Record<string, string | undefined>>> {
  const local = resolve(model);
  const isFolder = await stat(local).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const system = '"Work it out in <think>…</think>, then give the number in <answer>…</answer>."';
  // A model that knows no chat takes prompts as they stand.
  const chats = isFolder ? await hasChatTemplate(local) : true;
  return {
    NAME: packageName(target),
    MODEL: scalar(isFolder ? fromFolder(target, local, model) : model),
    SYSTEM: chats ? system : undefined,
  };
}

/** How the config names a folder: relative to itself where the project and the model lie together. */
function fromFolder(target: string, local: string, given: string): string {
  if (isAbsolute(given)) return local;
  const way = relative(target, local).split(sep).join("/");
  return way.startsWith(".") ? way : `./${way}`;
}

async function hasChatTemplate(folder: string): Promise<boolean> {
  if (await exists(join(folder, "chat_template.jinja"))) return true;
  const text = await readFile(join(folder, "tokenizer_config.json"), "utf8").catch(() => "");
  return text.includes('"chat_template"');
}

/** Text as YAML takes it, quoted where it must be. */
function scalar(text: string): string {
  return /^[A-Za-z0-9./][\w./@-]*$/.test(text) ? text : JSON.stringify(text);
}

async function packageFile(target: string): Promise<object> {
  const own = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const version = `^${own.version}`;
  return {
    name: packageName(target),
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      train: "pavlov train",
      score: "pavlov score --completions data/completions.jsonl --explain",
      audit: "pavlov audit",
      test: "pavlov test",
      schema: "pavlov schema",
    },
    dependencies: {
      "@pavlov/core": version,
      "@pavlov/trainer": version,
      pavlov: version,
      zod: own.dependencies["zod"] ?? "^4",
    },
    allowScripts: { "onnxruntime-node": false },
  };
}

/** A name that npm takes, after the folder's. */
function packageName(target: string): string {
  const name = basename(target)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  // A project is no plugin, and must not be taken for one.
  return name === "" || /^(node_modules|favicon\.ico)$/.test(name) ? "my-model" : name.replace(/^pavlov-reward-/, "");
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
