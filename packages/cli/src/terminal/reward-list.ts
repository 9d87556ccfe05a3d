/** The rewards of a project as lines, grouped by where they come from. */
import type { Range, RewardManifest } from "@pavlov/core";
import type { CatalogPlugin, CatalogReward } from "../catalog/catalog.js";
import { declaredFields, takesOthers } from "../catalog/declared-fields.js";
import type { Colors } from "./colors.js";
import { tableLines } from "./table.js";
import { cut, printable } from "./text.js";

/** What is listed. */
export interface RewardList {
  readonly groups: readonly RewardGroup[];
  /** Files of the project's own. */
  readonly files: readonly string[];
}

/** The rewards of one plugin, those that were not asked for left out. */
export interface RewardGroup {
  readonly plugin: CatalogPlugin;
  readonly rewards: readonly CatalogReward[];
}

/** Below this width the range and the columns are left out. */
const narrow = 72;

export function rewardListLines({ groups, files }: RewardList, width: number, colors: Colors): string[] {
  const lines = groups.flatMap(({ plugin, rewards }) => {
    const rows = rewards.map(({ use, manifest }) => {
      const name = printable(use);
      const about = firstSentence(manifest.description);
      return width < narrow ? [name, about] : [name, rangeText(manifest.range), columnsText(manifest), about];
    });
    const limits = width < narrow ? [] : [32, 12, 20];
    return [titleLine(plugin, width, colors), ...tableLines({ rows, limits, mostLines: 2 }, width, colors), ""];
  });
  const own = files.map((file) => `  ${cut(printable(file), width - 2)}`);
  return own.length === 0 ? lines : [...lines, colors.bold("Files of this project"), ...own, ""];
}

function titleLine({ isBuiltIn, package: { name, version }, manifest }: CatalogPlugin, width: number, colors: Colors) {
  const title = isBuiltIn ? "Built in" : printable(manifest.namespace);
  const from = cut(printable(`${name}@${version}`), width - title.length - 2);
  return `${colors.bold(title)}  ${colors.dim(from)}`;
}

/** `[0, 1]`, `[0, ∞]`; a range that depends on a param that must be given is not known. */
export function rangeText(range: Range | null): string {
  if (range === null) return "by params";
  const [lowest, highest] = range;
  return `[${lowest ?? "-∞"}, ${highest ?? "∞"}]`;
}

/** `answer, test?`: the columns of a reward, optional ones with a question mark. */
export function columnsText({ columns }: Pick<RewardManifest, "columns">): string {
  const names = declaredFields(columns)
    .filter(({ name }) => !name.includes("."))
    .map(({ name, required }) => printable(required ? name : `${name}?`));
  return [...names, ...(takesOthers(columns) ? ["…"] : [])].join(", ");
}

/** A text's first sentence, on one line. */
export function firstSentence(text: string): string {
  const line = printable(text.trim().replace(/\s+/g, " "));
  return /^.*?[.!?](?=\s+\p{Lu})/u.exec(line)?.[0] ?? line;
}
