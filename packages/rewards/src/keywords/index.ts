// Whether given texts occur in the completion: anywhere, at its start or at its end, all or some of them.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { strip } from "../python-text.js";
import { quote } from "../quote.js";

/** Letters, digits and marks, of which words are made; not of scripts that set no space between words. */
const WORD =
  /(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}|\p{Script=Myanmar})[\p{L}\p{N}\p{M}_]/u;

/** Whether a place in a text is not inside a word. `charAt` of a surrogate's half is no word: emoji are none either. */
const isEdge = (text: string, index: number): boolean =>
  !WORD.test(text.charAt(index - 1)) || !WORD.test(text.charAt(index));

/** Whether a text occurs where it is looked for. */
function occurs(text: string, wanted: string, { where, wholeWords }: { where: string; wholeWords: boolean }): boolean {
  if (wanted === "") return false;
  const fits = (at: number): boolean => !wholeWords || (isEdge(text, at) && isEdge(text, at + wanted.length));
  if (where === "start") return text.startsWith(wanted) && fits(0);
  if (where === "end") return text.endsWith(wanted) && fits(text.length - wanted.length);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) if (fits(at)) return true;
  return false;
}

/** More marks on one letter than any language has, and than the stream-safe text of Unicode (UAX 15, 13) allows. */
const TOO_MANY_MARKS = /\p{M}{31}/u;

/** What no reader sees, such as soft hyphens and spaces of no width: with them a word is still the same word. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Accents and their letters as one; composing takes quadratic time where thousands of marks follow one another. */
const composed = (text: string): string => {
  const visible = text.replace(INVISIBLE, "");
  return TOO_MANY_MARKS.test(visible) ? visible : visible.normalize("NFC");
};

const listed = z.union(
  [
    z
      .string()
      .min(1)
      .transform((text) => [text]),
    z.array(z.string().min(1)).min(1),
  ],
  { error: "must be a text or a list of texts, none of them empty" },
);

/**
 * Whether texts occur: `match: all` scores the share of `keywords` that do, `any` 1 if one does, `none` 1 if none does
 * (for words that must not be said). Whitespace around the completion and invisible characters are left out.
 */
export const keywords = defineReward({
  name: "keywords",
  description: "Whether given texts occur in the completion: the share of them that do, 1 for any, or 1 for none.",
  columns: z.object({
    keywords: listed.describe(
      "A text or a list of texts to look for. Invisible characters, in it or in completions, do not count.",
    ),
  }),
  params: z.strictObject({
    match: z
      .enum(["all", "any", "none"])
      .default("all")
      .describe("all: the share of the texts that occur. any: 1 if one does. none: 1 if none does."),
    where: z
      .enum(["anywhere", "start", "end"])
      .default("anywhere")
      .describe("Where they are looked for; whitespace around the completion does not count."),
    caseSensitive: z.boolean().default(false).describe("Whether capitals matter."),
    wholeWords: z.boolean().default(true).describe("Whether a text must not begin or end inside a word."),
  }),
  range: [0, 1],
  score({ completion, columns }, { params: { match, where, caseSensitive, wholeWords } }) {
    const folded = (text: string): string => (caseSensitive ? composed(text) : composed(text).toLowerCase());
    const text = folded(strip(completion));
    const found = columns.keywords.filter((wanted) => occurs(text, folded(wanted), { where, wholeWords }));
    const missing = columns.keywords.find((wanted) => !found.includes(wanted));
    const count = `${found.length} of ${columns.keywords.length}`;
    if (match === "none") {
      const [first] = found;
      return first === undefined ? { score: 1, reason: "none occurs" } : { score: 0, reason: `${quote(first)} occurs` };
    }
    if (match === "any") return { score: found.length > 0 ? 1 : 0, reason: `${count} occur` };
    const reason = missing === undefined ? `${count} occur` : `${count} occur; ${quote(missing)} does not`;
    return { score: found.length / columns.keywords.length, reason };
  },
});
