// Brings other characters to what stands for them in LaTeX; marks and relations are left to the tokenizer.
import { byWord, GREEK } from "./vocabulary.js";

const MEANINGS = byWord({ "\\sqrt ": "√", "\\varphi ": "φ", "\\{": "｛", "\\}": "｝", "": "€ £ ¥ ₹ \u200b" });

/** A Greek letter's command. */
function greek(character: string): string | undefined {
  const code = character.charCodeAt(0);
  const small = GREEK[code - 0x3b1];
  const capital = GREEK[code - 0x391];
  return small ?? (capital && (capital[0] ?? "").toUpperCase() + capital.slice(1));
}

function meaning(character: string): string {
  const known = MEANINGS.get(character);
  if (known !== undefined) return known;
  const name = greek(character);
  if (name !== undefined) return `\\${name} `;
  // Unicode's own equivalent: of full-width letters, spaces, fractions, and letters of sets.
  const equivalent = character.normalize("NFKC");
  const [top, bottom] = equivalent.split("⁄");
  if (bottom && /\d/.test(bottom)) return `\\frac{${top ?? ""}}{${bottom}}`;
  return /[ℂℕℚℝℤ]/.test(character) ? `\\mathbb{${equivalent}}` : equivalent;
}

/** The text with superscripts, fractions, Greek letters and the like as LaTeX. */
export const asLatex = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  /[^\x00-\x7f]/.test(text)
    ? text
        .replaceAll(/[²³¹⁰-ⁿ]+|[₀-ₜ]+/g, (small) => `${small < "₀" ? "^" : "_"}{${small.normalize("NFKC")}}`)
        // eslint-disable-next-line no-control-regex
        .replaceAll(/[^\x00-\x7f]/gu, meaning)
    : text;
