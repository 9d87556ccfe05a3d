/** Projects with installed plugins, for tests of what is found in them. */
import { describePlugin, type PluginManifest } from "../manifest/describe-plugin.js";
import { defineReward } from "../define-reward.js";
import { definePlugin } from "../plugin.js";

/** What a test changes of an installed plugin. */
export interface PluginFixture {
  readonly namespace?: string;
  readonly version?: string;
  /** Replaces fields of its package.json; undefined takes one away. */
  readonly packageJson?: Readonly<Record<string, unknown>>;
  /** Replaces the manifest; null: there is none. */
  readonly manifest?: unknown;
  /** Replaces the module. */
  readonly code?: string;
}

/** A manifest of one reward, `score`, with a preset. */
export function manifestOf(namespace: string): PluginManifest {
  const score = defineReward({ name: "score", description: "Always 1.", range: [0, 1], score: () => 1 });
  return describePlugin(
    definePlugin({ namespace, rewards: { score }, presets: { recommended: { score: { weight: 0.5 } } } }),
    { version: "1.0.0", fixtures: { score: 2 } },
  );
}

/** Code of a plugin of one reward, `score`, with a preset. */
const codeOf = (namespace: string): string => `
  import { definePlugin, defineReward } from "@pavlov/core";
  const score = defineReward({ name: "score", description: "Always 1.", range: [0, 1], score: () => 1 });
  export default definePlugin({
    namespace: "${namespace}", rewards: { score }, presets: { recommended: { score: { weight: 0.5 } } },
  });`;

/** The files of an installed plugin, by their paths in the project. */
export function installedPlugin(name: string, fixture: PluginFixture = {}): Record<string, string> {
  const { namespace = name.replace(/^.*pavlov-reward-/, ""), version = "1.0.0" } = fixture;
  const packageJson = {
    name,
    version,
    type: "module",
    keywords: ["pavlov-reward"],
    exports: { ".": "./dist/index.js", "./manifest.json": "./dist/manifest.json", "./package.json": "./package.json" },
    peerDependencies: { "@pavlov/core": ">=0.1.0" },
    pavlov: { apiVersion: 1, manifest: "./dist/manifest.json" },
    ...fixture.packageJson,
  };
  const { manifest = manifestOf(namespace) } = fixture;
  const folder = `node_modules/${name}`;
  return {
    [`${folder}/package.json`]: JSON.stringify(packageJson),
    [`${folder}/dist/index.js`]: fixture.code ?? codeOf(namespace),
    ...(manifest !== null && {
      [`${folder}/dist/manifest.json`]: typeof manifest === "string" ? manifest : JSON.stringify(manifest),
    }),
  };
}

/** A project's package.json that depends on packages. */
export const dependingOn = (...names: readonly string[]): string =>
  JSON.stringify({ type: "module", dependencies: Object.fromEntries(names.map((name) => [name, "^1.0.0"])) });
