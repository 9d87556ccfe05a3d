// Reads the tables of eld's detector from its file, in a twentieth of the memory that running it as a program takes: there
// it is an object for each of 80,000 n-grams, and what parsed them.

/** What n-grams say of languages. */
export interface EldTables {
  /** Codes of ISO 639-1 by the numbers of the languages. */
  readonly languages: Readonly<Record<string, string>>;
  /** Where in `scores` an n-gram's begin, times 256, and how many languages it speaks for. */
  readonly places: ReadonlyMap<string, number>;
  /** The number of a language and what the n-gram adds to it, and so on. */
  readonly scores: Uint8Array;
}

const HEAD =
  /^(?:\s|\/\*[^]*?\*\/)*export const ngramsData = \{type:'\w+',languages:\{([^{}]*)\},isSubset:false,ngrams:\{/;

const LANGUAGE = /(\d+):'(\w+)'/g;

const ENTRY = /(?:'((?:[^'\\]|\\.)*)'|([^'":,{}]+)):\{(\d{1,2}:\d{1,3}(?:,\d{1,2}:\d{1,3})*)\}[,}]/y;

/** What a file of eld's tables says; undefined where it is written in another way than those of eld 2.1. */
export function readEldTables(source: string): EldTables | undefined {
  const [head, listed] = HEAD.exec(source) ?? [];
  if (head === undefined || listed === undefined) return undefined;
  const places = new Map<string, number>();
  const scores: number[] = [];
  // Most n-grams say the same as another.
  const known = new Map<string, number>();
  let end = head.length;
  ENTRY.lastIndex = end;
  for (let entry = ENTRY.exec(source); entry !== null; entry = ENTRY.exec(source)) {
    const [, quoted, plain = "", text = ""] = entry;
    let place = known.get(text);
    if (place === undefined) {
      const numbers = text.split(/[:,]/).map(Number);
      place = scores.length * 256 + numbers.length / 2;
      known.set(text, place);
      scores.push(...numbers);
    }
    places.set(quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1"), place);
    end = ENTRY.lastIndex;
  }
  const isWhole = /^\};?\s*$/.test(source.slice(end)) && scores.every((score) => score < 256);
  if (!isWhole) return undefined;
  const languages = Object.fromEntries([...listed.matchAll(LANGUAGE)].map(([, number, code]) => [number, code]));
  return { languages, places, scores: Uint8Array.from(scores) };
}
