// Fenced blocks of a completion's Markdown, in one pass over its lines.

/** A closed block. */
export interface FencedBlock {
  /** What stands after the opening fence, trimmed: a language, or nothing. */
  readonly language: string;
  readonly text: string;
}

const FENCE = "```";

/** The closed blocks, first to last; a block ends at the next line that begins with a fence. */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly language: string; readonly start: number } | null = null;
  for (let offset = 0, next = 0; offset <= text.length; offset = next) {
    const end = text.indexOf("\n", offset);
    next = end < 0 ? text.length + 1 : end + 1;
    const trimmed = text.slice(offset, next - 1).trim();
    if (trimmed.startsWith(FENCE)) {
      if (open) blocks.push({ language: open.language, text: text.slice(open.start, offset) });
      open = open ? null : { language: trimmed.slice(FENCE.length).trim(), start: next };
    }
  }
  return blocks;
}
