/** What a package's `exports` lead to, by the rules of Node.js: conditions in the order in which they are written. */

/** The conditions of an `import` in Node.js. */
const conditions = new Set(["node", "import", "module-sync", "default"]);

/** One text of `exports`. */
export interface ExportTarget {
  /** `.`, `./manifest.json` */
  readonly subpath: string;
  /** `types`, `import`; empty where it stands under the subpath itself. */
  readonly conditions: readonly string[];
  /** `./dist/index.js` */
  readonly target: string;
}

/** Every file that `exports` name, patterns included. */
export function exportTargets(exports: unknown): readonly ExportTarget[] {
  const targets: ExportTarget[] = [];
  const visit = (value: unknown, subpath: string, under: readonly string[]): void => {
    if (typeof value === "string") targets.push({ subpath, conditions: under, target: value });
    else if (Array.isArray(value)) for (const each of value as readonly unknown[]) visit(each, subpath, under);
    else if (typeof value === "object" && value !== null) {
      for (const [condition, inner] of Object.entries(value)) visit(inner, subpath, [...under, condition]);
    }
  };
  for (const [subpath, value] of subpaths(exports)) visit(value, subpath, []);
  return targets;
}

/** The file that an import of a subpath leads to, as it stands in `exports`. */
export function importTarget(exports: unknown, subpath: string): string | undefined {
  const value = subpaths(exports).find(([path]) => path === subpath)?.[1];
  return pick(value);
}

function pick(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return pick(value.find((each) => pick(each) !== undefined));
  if (typeof value !== "object" || value === null) return undefined;
  for (const [condition, inner] of Object.entries(value)) {
    if (!conditions.has(condition)) continue;
    const found = pick(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function subpaths(exports: unknown): readonly (readonly [string, unknown])[] {
  if (exports === undefined || exports === null) return [];
  const isMap = typeof exports === "object" && !Array.isArray(exports);
  if (isMap && Object.keys(exports).some((key) => key.startsWith("."))) return Object.entries(exports);
  return [[".", exports]];
}
