// Fenced blocks of a completion's Markdown, in one pass over its lines.

/** A closed block. */
export interface FencedBlock {
  /** What stands after the opening fence, trimmed: a language, or nothing. */
  readonly language: string;
  readonly text: string;
}

const FENCE = "```";

/** A fence with the name of a language at the end of a line of prose, as in "Here it is: ```python". */
const LATE_FENCE = /```([\w+#.-]+)$/;

/** What stands after a fence that opens a block in this line; undefined where none does. */
function openedBy(line: string): string | undefined {
  const after = line.startsWith(FENCE) ? line.slice(FENCE.length).trim() : undefined;
  // Fences on both sides are code within a line.
  return after === undefined || after.includes("`") ? LATE_FENCE.exec(line)?.[1] : after;
}

/**
 * The closed blocks, first to last; a block ends at the next line that begins with a fence. It begins at a line that
 * does, or, as models write it, at the end of one where the fence names a language.
 */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly language: string; readonly start: number } | null = null;
  let offset = 0;
  for (const line of text.split("\n")) {
    let trimmed = line.trim();
    const next = offset + line.length + 1;
    if (open && trimmed.startsWith(FENCE)) {
      blocks.push({ language: open.language, text: text.slice(open.start, offset) });
      open = null;
      // The rest of the line is prose.
      trimmed = `>${trimmed.slice(FENCE.length)}`;
    }
    const language = open ? undefined : openedBy(trimmed);
    if (language !== undefined) open = { language, start: next };
    offset = next;
  }
  return blocks;
}
