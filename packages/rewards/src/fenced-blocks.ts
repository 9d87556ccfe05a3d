// Fenced blocks of a completion's Markdown, in one pass over the lines that hold a fence.

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

/** Where a block ends in one of its lines; -1 where it goes on. */
function endIn(line: string): number {
  if (line.trimStart().startsWith(FENCE)) return 0;
  const trimmed = line.trimEnd();
  return trimmed.endsWith(FENCE) ? trimmed.length - FENCE.length : -1;
}

/**
 * The closed blocks, first to last. A block begins with a line that begins with a fence, or, as models write it, that
 * ends with one and the name of a language; it ends where a line begins or ends with a fence.
 */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly language: string; readonly start: number } | null = null;
  // Lines without a fence say nothing, and a list of all lines takes megabytes.
  for (let fence = text.indexOf(FENCE), next = 0; fence >= 0; fence = text.indexOf(FENCE, next)) {
    const offset = text.lastIndexOf("\n", fence) + 1;
    const newline = text.indexOf("\n", fence);
    next = (newline < 0 ? text.length : newline) + 1;
    const line = text.slice(offset, next - 1);
    const end: number = open ? endIn(line) : -1;
    if (open && end >= 0) blocks.push({ language: open.language, text: text.slice(open.start, offset + end) });
    if (!open || end >= 0) {
      // What stands beside the end of a block is prose, of which the next block may begin at the end.
      const language: string | undefined = openedBy(end < 0 ? line.trim() : `…${line.trim().slice(FENCE.length)}`);
      open = language === undefined ? null : { language, start: next };
    }
  }
  return blocks;
}
