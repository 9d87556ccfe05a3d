// Finds the elements of a completion by their tags, in one pass.
import { strip } from "../python-text.js";

/** The names that an element may have. */
export type Field = readonly string[];

/** How the completion's elements compare with the wanted ones. */
export interface FoundElements {
  /** Fields that occur once, closed, filled and after those before them. */
  readonly right: number;
  /** What the first of the others lacks; undefined where all are right. */
  readonly problem: string | undefined;
  /** Whether only whitespace stands outside of the elements. */
  readonly isBare: boolean;
}

interface Tag {
  readonly field: number;
  readonly name: string;
  readonly closes: boolean;
  readonly start: number;
  readonly end: number;
}

function tagsOf(text: string, fields: readonly Field[]): Tag[] {
  const fieldOf = new Map(fields.flatMap((names, field) => names.map((name) => [name, field] as const)));
  const found: Tag[] = [];
  for (const match of text.matchAll(/<(\/?)([A-Za-z_][\w.-]*)>/g)) {
    const [tag, slash = "", name = ""] = match;
    const field = fieldOf.get(name);
    if (field === undefined) continue;
    found.push({ field, name, closes: slash !== "", start: match.index, end: match.index + tag.length });
  }
  return found;
}

/** What keeps a field's tags from being one filled element, or its opening and closing tag. */
function pairOf(text: string, tags: readonly Tag[], names: Field): readonly [Tag, Tag] | string {
  const [open, close, ...more] = tags;
  if (open === undefined) return `<${names.join("> or <")}> is not there`;
  if (more.length > 0) return `<${open.name}> has more than one pair of tags`;
  if (close === undefined) return `<${open.closes ? "/" : ""}${open.name}> stands alone`;
  if (open.closes || !close.closes || open.name !== close.name) return `<${open.name}> is not opened and closed once`;
  return strip(text.slice(open.end, close.start)) === "" ? `<${open.name}> is empty` : [open, close];
}

/** Compares the completion with the fields. Tags of other names are text. */
export function findElements(text: string, fields: readonly Field[]): FoundElements {
  const tags = tagsOf(text, fields);
  const byField = fields.map((): Tag[] => []);
  for (const tag of tags) byField[tag.field]?.push(tag);
  let problem: string | undefined;
  let right = 0;
  let outside = "";
  let end = 0;
  for (const [index, names] of fields.entries()) {
    const pair = pairOf(text, byField[index] ?? [], names);
    const [open, close] = typeof pair === "string" ? [] : pair;
    if (typeof pair === "string") problem ??= pair;
    else if (open !== undefined && close !== undefined && open.start >= end) {
      right += 1;
      outside += text.slice(end, open.start);
      end = close.end;
    } else problem ??= `<${open?.name}> stands inside or before an earlier field`;
  }
  return { right, problem, isBare: strip(outside + text.slice(end)) === "" };
}
