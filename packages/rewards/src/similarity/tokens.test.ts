import { expect, it } from "vitest";
import { bleuTokens, rougeTokens } from "./tokens.js";

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
