// Words as the metrics count them: those of rouge-score, and the 13a tokens that BLEU scores are published with.

/** Letters of scripts that set no space between words: each is a word. */
const UNSPACED =
  String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}` +
  String.raw`\p{Script=Myanmar}`;

const ROUGE_WORD = new RegExp(String.raw`[${UNSPACED}]|(?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])+`, "gu");

/** Words of letters and digits. On ASCII those of rouge-score without stemming, which knows no other letters. */
export const rougeTokens = (text: string): string[] => text.match(ROUGE_WORD) ?? [];

const ENTITIES: Readonly<Record<string, string>> = { "&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">" };

const UNSPACED_LETTER = new RegExp(`([${UNSPACED}])`, "gu");

/** The text as 13a reads it before it looks for tokens. */
const bleuLine = (text: string): string =>
  text
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll(/&(?:quot|amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);

/** No pattern looks beyond a space, or a character that gets spaces around it. */
function tokensOfLine(line: string): string[] {
  const spaced = ` ${line} `
    .replaceAll(/([!-&(-+/:-@[-`{-~])/g, " $1 ")
    .replaceAll(/([^0-9])([.,])/gu, "$1 $2 ")
    .replaceAll(/([.,])([^0-9])/gu, " $1 $2")
    .replaceAll(/([0-9])(-)/g, "$1 $2 ")
    .replaceAll(UNSPACED_LETTER, " $1 ");
  return spaced.split(/\s+/u).filter((token) => token !== "");
}

/**
 * The tokens of mteval-v13a, which is sacrebleu's default: punctuation stands alone, but full stops, commas and hyphens
 * inside numbers do not. Letters of scripts without spaces stand alone too, which 13a leaves to other tokenizers.
 */
export const bleuTokens = (text: string): string[] => tokensOfLine(bleuLine(text));

/** Characters of a part, or more where there is none to end it after. */
const PART = 2000;

/** What is no part of a longer token, in either of the ways of counting. */
const APART = new RegExp(String.raw`[\s!-&(-+/:-@[-\x60{-~${UNSPACED}]`, "gu");

/** Parts of a text that can be taken one after the other: none ends within a token, or where a pattern looks beyond. */
function* partsOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    APART.lastIndex = start + PART;
    const end = APART.test(text) ? APART.lastIndex : text.length;
    yield text.slice(start, end);
    start = end;
  }
}

/** As {@link rougeTokens}, some at a time: a list of all would take megabytes. */
export function* rougeTokenParts(text: string): Generator<readonly string[]> {
  for (const part of partsOf(text)) yield rougeTokens(part);
}

/** As {@link bleuTokens}, some at a time. */
export function* bleuTokenParts(text: string): Generator<readonly string[]> {
  for (const part of partsOf(bleuLine(text))) yield tokensOfLine(part);
}
