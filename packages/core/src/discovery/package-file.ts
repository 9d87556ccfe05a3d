/** A package.json, read key by key: what discovery looks at, each with the type that it must have. */
import { join } from "node:path";
import { readJsonFile } from "../manifest/read-json-file.js";

/** The most bytes of a package.json. */
const limit = 4 * 1024 * 1024;

/** What discovery reads of a package.json. What has another type than it must is as if it were not there. */
export interface PackageFile {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly keywords: readonly string[];
  readonly homepage: string | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** Peers that need not be there. */
  readonly optionalPeers: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  /** That npm compiles what a `binding.gyp` says where the package is installed: unless `gypfile` is false. */
  readonly compiles: boolean;
  /** What can be imported of it, as it stands there: a text, conditions, or subpaths. */
  readonly exports: unknown;
  /** What is published of it, where it says so. */
  readonly files: readonly string[] | undefined;
  /** That npm must not publish it. */
  readonly isPrivate: boolean;
  /** That it is the root of workspaces. */
  readonly hasWorkspaces: boolean;
  /** The field that makes a package a plugin. */
  readonly pavlov: { readonly apiVersion: unknown; readonly manifest: unknown } | undefined;
}

/** @throws PavlovError where it is no JSON object, or cannot be read. */
export async function readPackageFile(folder: string): Promise<PackageFile> {
  const file = await readJsonFile(join(folder, "package.json"), { name: "its package.json", limit, anyKeys: true });
  const { keywords, workspaces, files } = file;
  const pavlov = objectAt(file, "pavlov");
  const peers = objectAt(file, "peerDependenciesMeta") ?? {};
  return {
    name: textAt(file, "name"),
    version: textAt(file, "version"),
    keywords: textsOf(keywords) ?? [],
    homepage: textAt(file, "homepage"),
    dependencies: textsAt(file, "dependencies"),
    devDependencies: textsAt(file, "devDependencies"),
    optionalDependencies: textsAt(file, "optionalDependencies"),
    peerDependencies: textsAt(file, "peerDependencies"),
    optionalPeers: Object.keys(peers).filter((name) => objectAt(peers, name)?.["optional"] === true),
    scripts: textsAt(file, "scripts"),
    compiles: file["gypfile"] !== false,
    exports: file["exports"],
    files: textsOf(files),
    isPrivate: file["private"] === true || file["private"] === "true",
    hasWorkspaces: typeof workspaces === "object" && workspaces !== null,
    pavlov: pavlov && { apiVersion: pavlov["apiVersion"], manifest: pavlov["manifest"] },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

function textsAt(object: JsonObject, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(object, key) ?? {}).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(entries) as Record<string, string>;
}
