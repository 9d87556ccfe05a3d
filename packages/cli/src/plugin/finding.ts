/** What is wrong with a plugin: the rule that it breaks, a sentence, and what to do. */

/** The rules of `pavlov plugin check`, in the order in which they are told. */
export const rules = {
  name: "its name is that of a plugin",
  keyword: "registries find it by its keyword",
  peer: "@pavlov/core is a peer",
  host: "no package of Pavlov is installed with it",
  "install-scripts": "nothing runs where it is installed",
  exports: "the plugin, its manifest and its package.json can be imported",
  files: "it says what is published",
  types: "sources and tests type-check",
  examples: "examples type-check, and rewards that are named are there",
  build: "what is built is what the sources give",
  imports: "what the code needs is published or installed with it",
  entry: "it can be imported and exports a plugin",
  description: "each reward says what it scores",
  schema: "JSON Schema can say columns and params",
  manifest: "the manifest is that of the code",
  fixtures: "each reward has fixtures of a high and of a low score, which it passes and constants and noise do not",
  scores: "finite, inside the range, and the same each time if deterministic",
  survives: "no completion breaks a reward or keeps it busy",
  pack: "what is published has all that is needed",
  secrets: "no secret is published",
  publint: "package.json is one that all tools can read",
} as const;

export type Rule = keyof typeof rules;

/** One rule that is broken, or that could not be looked at to its end. Plain data. */
export interface Finding {
  readonly rule: Rule;
  /** The reward that breaks it, where it is a reward's. */
  readonly reward?: string;
  /** What is wrong: a sentence. */
  readonly message: string;
  /** Lines on what was seen, to be shown below the message. */
  readonly details?: readonly string[];
  /** That nobody can tell whether it is wrong: it keeps nothing from being published. */
  readonly isWarning?: true;
  /** What to do about it: a sentence. */
  readonly fix: string;
}

/** The findings that keep a plugin from being published. */
export function faultsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ isWarning }) => isWarning !== true);
}
