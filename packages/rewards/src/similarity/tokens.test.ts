import fc from "fast-check";
import { expect, it } from "vitest";
import { bleuTokenParts, bleuTokens, rougeTokenParts, rougeTokens } from "./tokens.js";

it("counts words of letters and digits for ROUGE", () => {
  expect(rougeTokens("It's 3.5 km, déjà-vu_2!")).toEqual(["It", "s", "3", "5", "km", "déjà", "vu", "2"]);
  expect(rougeTokens("猫がyes好き")).toEqual(["猫", "が", "yes", "好", "き"]);
  expect(rougeTokens("... !")).toEqual([]);
});

it("keeps numbers whole for BLEU and sets punctuation apart", () => {
  expect(bleuTokens("It's $1,290.50, they said (twice).")).toEqual(
    ["It's", "$", "1,290.50", ",", "they", "said", "(", "twice", ")", "."], // as sacrebleu's 13a
  );
  expect(bleuTokens("2-3 well-known &quot;x&quot; a&amp;b")).toEqual([
    "2",
    "-",
    "3",
    "well-known",
    '"',
    "x",
    '"',
    "a",
    "&",
    "b",
  ]);
  expect(bleuTokens("line-\nbreak\nend")).toEqual(["linebreak", "end"]);
  expect(bleuTokens("猫 好き")).toEqual(["猫", "好", "き"]);
});

const pieces = [
  "a",
  "word",
  "7",
  "1,2",
  "-",
  ".",
  ",",
  "..",
  "!",
  "[",
  " ",
  "\n",
  "-\n",
  "&amp;",
  "猫",
  "é",
  "e\u0301",
  "👩‍🚀",
];
const text = fc.array(fc.constantFrom(...pieces), { minLength: 2000, maxLength: 6000 }).map((parts) => parts.join(""));

it.each([
  ["ROUGE", rougeTokenParts, rougeTokens],
  ["BLEU", bleuTokenParts, bleuTokens],
] as const)("gives the same tokens of %s part by part as at once", (_, inParts, atOnce) => {
  fc.assert(
    fc.property(text, (long) => {
      const parts = [...inParts(long)];
      expect(parts.length).toBeGreaterThan(1);
      expect(parts.flat()).toEqual(atOnce(long));
    }),
    { numRuns: 50 },
  );
});
