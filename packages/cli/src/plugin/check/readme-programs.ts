/** The programs of a README: blocks of TypeScript that import the package, which a reader copies as they are. */

export interface ReadmeProgram {
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

/** Fragments, which import nothing of the package, are left out: they need not be complete. */
export function readmePrograms(readme: string, packageName: string): readonly ReadmeProgram[] {
  const programs: ReadmeProgram[] = [];
  let block: { readonly line: number; readonly fence: string; readonly lines: string[] } | undefined;
  for (const [index, line] of readme.split(/\r?\n/).entries()) {
    if (block === undefined) {
      const fence = /^(`{3,}|~{3,})\s*(?:ts|typescript)\b/.exec(line)?.[1];
      if (fence !== undefined) block = { line: index + 2, fence, lines: [] };
    } else if (line.trimEnd().startsWith(block.fence)) {
      const code = block.lines.join("\n");
      if (isProgram(code, packageName)) programs.push({ line: block.line, code });
      block = undefined;
    } else block.lines.push(line);
  }
  return programs;
}

function isProgram(code: string, packageName: string): boolean {
  return packageName !== "" && ["'", '"'].some((quote) => code.includes(`from ${quote}${packageName}${quote}`));
}
