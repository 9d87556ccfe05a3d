// A completion's prose: what is left once code, mathematics, tags and addresses are taken out. Each pattern is one pass.

/** A part that is left open reaches to the end of the text, or of its line. */
const NOT_PROSE: readonly RegExp[] = [
  /```[\s\S]*?(?:```|$)/g,
  /`[^`\n]*(?:`|$)/gm,
  /\$\$[^$]*(?:\$\$|$)/g,
  /\\\[[\s\S]*?(?:\\\]|$)/g,
  /\\\([\s\S]*?(?:\\\)|$)/g,
  /\\begin\{(?:equation|align|gather|cases|[a-z]*matrix|array)\*?\}[\s\S]*?(?:\\end\{[^}\n]*\}?|$)/g,
  // Money is no formula: $5 and $6.
  /\$(?=[^\s\d$])[^$\n]*\$/g,
  /\\[a-zA-Z]+/g,
  /<\/?[A-Za-z_][\w.-]{0,40}>/g,
  /\bhttps?:\/\/\S*/g,
];

/** The text with a space for each part that is not prose. */
export function proseOf(text: string): string {
  let prose = text;
  for (const pattern of NOT_PROSE) prose = prose.replaceAll(pattern, " ");
  return prose;
}
