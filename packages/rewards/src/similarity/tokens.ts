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

/**
 * The tokens of mteval-v13a, which is sacrebleu's default: punctuation stands alone, but full stops, commas and hyphens
 * inside numbers do not. Letters of scripts without spaces stand alone too, which 13a leaves to other tokenizers.
 */
export function bleuTokens(text: string): string[] {
  const line = text
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll(/&(?:quot|amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
  const spaced = ` ${line} `
    .replaceAll(/([!-&(-+/:-@[-`{-~])/g, " $1 ")
    .replaceAll(/([^0-9])([.,])/gu, "$1 $2 ")
    .replaceAll(/([.,])([^0-9])/gu, " $1 $2")
    .replaceAll(/([0-9])(-)/g, "$1 $2 ")
    .replaceAll(UNSPACED_LETTER, " $1 ");
  return spaced.split(/\s+/u).filter((token) => token !== "");
}
