// eld's detector, as of its version 2.1 by Nito T.M. (Apache-2.0), over tables that take little memory and without an
// object for each n-gram of a text. What it says is what eld says.
import type { EldTables } from "./eld-tables.js";
import type { Detector } from "./language.js";

/** The parts of eld that are used as they are. */
export interface EldParts {
  /** What separates words. */
  readonly separators: RegExp;
  /** A character for each byte from 128 on, as the tables write it. */
  readonly dictionary: readonly string[];
  /** The score of a right verdict on average, by the language's code. */
  readonly avgScore: Readonly<Record<string, number>>;
}

/** Characters that are read, and bytes after which the next space, and the next character, ends the reading. */
const MOST_CHARACTERS = 1000;
const ENOUGH_BYTES = 350;
const MOST_BYTES = 380;

/** What every n-gram that speaks for a language adds beside what the tables say. */
const LEAST_SCORE = 53;

/** What an n-gram adds on average for a score of one half. */
const HALF_SCORE = 25;

/** N-grams of a text, and the share of the average score, from which on a verdict is reliable. */
const ENOUGH_NGRAMS = 3;
const ENOUGH_OF_AVERAGE = 0.75;

/** Bytes of a word that n-grams are taken from. */
const LONGEST_WORD = 70;

const isContinued = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The words of a text, a character for each byte of their UTF-8. */
function wordsOf(text: string, { separators, dictionary }: EldParts): string[] {
  const words: string[] = [];
  let word = "";
  const bytes = new TextEncoder().encode(text.replace(separators, " ").trim().toLowerCase());
  for (const [count, byte] of bytes.entries()) {
    if (byte === 0x20) {
      if (word !== "") words.push(word);
      word = "";
      if (count > ENOUGH_BYTES) break;
    } else {
      word += byte < 0x80 ? String.fromCharCode(byte) : (dictionary[byte] ?? "");
    }
    if (count >= MOST_BYTES && !isContinued(bytes[count + 1])) break;
  }
  if (word !== "") words.push(word);
  return words;
}

/** Four bytes each, at every third byte of a word, with a space where the word begins or ends; none twice. */
function ngramsOf(words: readonly string[]): Set<string> {
  const ngrams = new Set<string>();
  for (const word of words) {
    const length = Math.min(word.length, LONGEST_WORD);
    let start = 0;
    for (; start + 4 < length; start += 3) ngrams.add((start === 0 ? " " : "") + word.slice(start, start + 4));
    ngrams.add(`${start === 0 ? " " : ""}${word.slice(length === 3 ? 0 : Math.max(0, length - 4))} `);
  }
  return ngrams;
}

/** A detector over the tables. */
export function createLeanDetector({ languages, places, scores }: EldTables, parts: EldParts): Detector {
  const codes = Object.values(languages);
  return {
    info: () => ({ Languages: languages }),
    detect(text) {
      const ngrams = ngramsOf(wordsOf(text.slice(0, MOST_CHARACTERS), parts));
      const sums = codes.map(() => 0);
      for (const ngram of ngrams) {
        const place = places.get(ngram) ?? 0;
        const start = place >>> 8;
        for (let at = start; at < start + 2 * (place & 255); at += 2) {
          const language = scores[at] as number;
          sums[language] = (sums[language] as number) + (scores[at + 1] as number) + LEAST_SCORE;
        }
      }
      const most = Math.max(...sums);
      const language = most > 0 ? (codes[sums.indexOf(most)] ?? "") : "";
      const scoreOf = (code: string): number => {
        const added = (sums[codes.indexOf(code)] ?? 0) / ngrams.size;
        return added > 0 ? added / (added + HALF_SCORE) : 0;
      };
      const average = parts.avgScore[language] ?? 1;
      return {
        language,
        scoreOf,
        // eld also asks for a distance to the second language, and takes that one's number for its score.
        isReliable: () => ngrams.size >= ENOUGH_NGRAMS && scoreOf(language) >= average * ENOUGH_OF_AVERAGE,
      };
    },
  };
}
