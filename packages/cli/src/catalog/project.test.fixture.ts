/** Projects with installed plugins in temporary folders, and the built command run in them. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runHere, runProcess, type Environment, type Outcome } from "../run-here.test.fixture.js";

const modules = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));

export type { Outcome };

export interface TestProject {
  readonly folder: string;
  /** Runs the built command in the project. */
  pavlov(...args: readonly string[]): Promise<Outcome>;
  /** The same, with changed environment variables. */
  pavlovWith(env: Environment, ...args: readonly string[]): Promise<Outcome>;
  /** The same, in a process of its own: that it ends by itself is seen there. */
  pavlovProcess(env: Environment, ...args: readonly string[]): Promise<Outcome>;
  /** Whether the code of an installed package was run. */
  hasRun(name: string): boolean;
  remove(): Promise<void>;
}

/** Writes files by path into a new folder in which `@pavlov/core` (the build) and zod are installed. */
export async function createTestProject(files: Readonly<Record<string, string>>): Promise<TestProject> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-project-"));
  for (const name of ["@pavlov/core", "zod"]) {
    await mkdir(dirname(join(folder, "node_modules", name)), { recursive: true });
    await symlink(join(modules, name), join(folder, "node_modules", name));
  }
  for (const [path, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const pavlovWith = (env: Environment, ...args: readonly string[]) => runHere(folder, args, env);
  return {
    folder,
    pavlov: (...args) => pavlovWith({}, ...args),
    pavlovWith,
    pavlovProcess: (env, ...args) => runProcess(folder, args, env),
    hasRun: (name) => existsSync(join(folder, "node_modules", name, "ran")),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a test changes of an installed plugin. */
export interface InstalledPlugin {
  readonly namespace?: string;
  /** Replaces fields of its package.json; undefined takes one away. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
  /** Replaces fields of its manifest; a text replaces all of it, and null takes it away. */
  readonly manifest?: Readonly<Record<string, unknown>> | string | null;
}

/** A reward as manifests describe it. */
export const executes = {
  name: "executes",
  description: "Runs the completion's SQL. What it gives is compared with what the right query gives.",
  columns: {
    type: "object",
    properties: {
      query: { type: "string", description: "The right query." },
      schema: { type: "string" },
    },
    required: ["query"],
  },
  params: {
    type: "object",
    properties: {
      database: { type: "string", description: "Where it runs." },
      rows: { type: "integer", minimum: 1, default: 100, description: "Most rows that are compared." },
      order: { type: "string", enum: ["any", "same"], default: "any" },
    },
    required: ["database"],
  },
  reads: ["prompt"],
  range: [0, 1],
  scope: "sample",
  deterministic: true,
  cacheable: true,
  env: ["DATABASE_PASSWORD"],
  needs: ["network"],
  fixtures: 12,
  docs: "https://example.com/sql",
};

/** The files of an installed plugin, whose module leaves a trace where it is imported, by their paths in the project. */
export function installedPlugin(name: string, changes: InstalledPlugin = {}): Record<string, string> {
  const namespace = changes.namespace ?? name.replace(/^.*pavlov-reward-/, "");
  const packageJson = {
    name,
    version: "1.2.0",
    type: "module",
    keywords: ["pavlov-reward"],
    exports: { ".": "./dist/index.js", "./package.json": "./package.json" },
    peerDependencies: { "@pavlov/core": ">=0.1.0" },
    pavlov: { apiVersion: 1, manifest: "./dist/manifest.json" },
    ...changes.packageJson,
  };
  const { manifest } = changes;
  const whole = {
    $schema: "urn:pavlov:plugin-manifest:1",
    apiVersion: 1,
    namespace,
    version: "1.2.0",
    rewards: { executes },
    presets: { recommended: { executes: { weight: 0.5, columns: { query: "sql" }, params: { database: "test" } } } },
    ...(typeof manifest === "object" ? manifest : undefined),
  };
  const folder = `node_modules/${name}`;
  return {
    [`${folder}/package.json`]: JSON.stringify(packageJson),
    [`${folder}/dist/index.js`]:
      'import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("../ran", import.meta.url), "");\n',
    ...(manifest !== null && {
      [`${folder}/dist/manifest.json`]: typeof manifest === "string" ? manifest : JSON.stringify(whole),
    }),
  };
}

/** A project's package.json that depends on packages. */
export const dependingOn = (...names: readonly string[]): string =>
  JSON.stringify({
    name: "project",
    type: "module",
    dependencies: Object.fromEntries(names.map((name) => [name, "^1.0.0"])),
  });
