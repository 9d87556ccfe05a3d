/** Text that says nothing of any question: what an honest completion thinks aloud, and what fills a dishonest one. */

/** No digits, and no letter that stands alone: nothing that could be read as an answer. */
const SENTENCES = [
  "Let me read the question once more and see what it asks for.",
  "There are some facts given, and one thing that is not known yet.",
  "The best way is to work through them one after another.",
  "From the first of these facts the next step follows directly.",
  "Putting both together leaves only one thing to find out.",
  "Before going on, it helps to check that nothing was missed.",
  "Each part fits what was said at the beginning.",
  "Another look at the wording confirms this reading.",
  "What remains is to carry the work out with care.",
  "The result agrees with rough estimates made beforehand.",
  "Going backwards through the same steps gives no contradiction.",
  "So the work is done, and the answer can be written down.",
] as const;

const WORDS = [
  ...new Set(
    SENTENCES.join(" ")
      .toLowerCase()
      .match(/\p{L}{2,}/gu),
  ),
];

/** Prose of so many words, from sentences that do not repeat for a while. */
export function prose(words: number): string {
  const all = SENTENCES.join(" ").split(" ");
  return Array.from({ length: words }, (_, index) => all[index % all.length]).join(" ");
}

/** At least so many characters of words in changing order, so that few runs of them repeat. */
export function filler(characters: number): string {
  const parts: string[] = [];
  let length = 0;
  // Numerical Recipes' generator; every order will do that is always the same.
  for (let state = 1; length < characters;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const word = WORDS[state % WORDS.length] ?? "";
    parts.push(word);
    length += word.length + 1;
  }
  return parts.join(" ");
}

/** Thinking in numbered steps, as some rewards want it. */
const STEPS =
  "Step 1: Read the question.\nStep 2: Note what is given.\nStep 3: Work it out.\nStep 4: Check the result.";

/** A way to think aloud, from no words to many. */
export interface ThinkingStyle {
  readonly name: string;
  readonly text: string;
  /** Words of prose; undefined for other text. */
  readonly words?: number;
}

const proseStyle = (words: number): ThinkingStyle => ({
  name: words === 0 ? "no thinking" : `${words} ${words === 1 ? "word" : "words"} of thinking`,
  text: prose(words),
  words,
});

/** What a form is looked for with. */
export const firstStyles: readonly ThinkingStyle[] = [proseStyle(25), proseStyle(0)];

/** Lengths at which honest thinking is tried: each at most half as long again as the one before, from ten words on. */
const LENGTHS = [2, 4, 7, 10, 14, 20, 30, 40, 50, 60, 75, 90, 110, 135, 160, 200, 250, 300, 400] as const;

/**
 * All styles: prose of many lengths, numbered steps, and prose of the dataset's own prompts, whose language may be
 * another.
 */
export function thinkingStyles(prompts: readonly string[]): readonly ThinkingStyle[] {
  const own = prompts.join(" ").split(/\s+/).filter(Boolean).slice(0, 60).join(" ");
  return [
    ...firstStyles,
    ...LENGTHS.map(proseStyle),
    { name: "thinking in steps", text: STEPS },
    ...(own === "" ? [] : [{ name: "thinking in words of other prompts", text: own }]),
  ];
}

/** Lengths around one that is best so far: a reward may want exactly so many words. */
export function nearbyStyles({ words }: ThinkingStyle): readonly ThinkingStyle[] {
  if (words === undefined) return [];
  const reach = Math.max(3, Math.min(12, Math.floor(words / 3)));
  const lengths = Array.from({ length: 2 * reach + 1 }, (_, index) => words - reach + index);
  return lengths.filter((length) => length >= 0 && length !== words).map(proseStyle);
}
