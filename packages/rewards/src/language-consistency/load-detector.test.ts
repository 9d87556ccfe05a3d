import fc from "fast-check";
import { expect, it } from "vitest";
import { loadLeanDetector, loadWholeDetector } from "./load-detector.js";

const [lean, whole] = await Promise.all([loadLeanDetector(), loadWholeDetector()]);
const codes = Object.values(whole.info().Languages);

function expectAlike(text: string): void {
  const [one, other] = [lean?.detect(text), whole.detect(text)];
  expect(one?.language).toBe(other.language);
  expect(codes.map((code) => one?.scoreOf(code))).toEqual(codes.map((code) => other.scoreOf(code)));
  expect(one?.isReliable()).toBe(other.isReliable());
}

it.each([
  "The next step is to add both numbers, which gives twelve.",
  "Der nächste Schritt ist, beide Zahlen zu addieren.",
  "Il faut donc d'abord additionner les deux nombres.",
  "Следующий шаг — сложить оба числа и разделить их.",
  "下一步是把两个数字相加。".repeat(30),
  "次のステップは両方の数を足すことです。",
  "الخطوة التالية هي جمع الرقمين",
  "अगला कदम दोनों संख्याओं को जोड़ना है।".repeat(20),
  "다음 단계는 두 숫자를 더하는 것입니다.",
  "Bước tiếp theo là cộng hai số lại với nhau.",
  "l'été, où l'\"on\" dit \\ et 'ça'",
  "zxqv wkj qqxz",
  "ja ".repeat(400),
  "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz".repeat(3),
  "42",
  "",
])("says what eld says of %j", expectAlike);

it("says what eld says of any text", () => {
  const words = fc.constantFrom("the", "und", "été", "число", "数", "a", "abc", "abcd", " ", "-", "😀", "İ");
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ unit: "grapheme" })), { maxLength: 120 }), (parts) => {
      expectAlike(parts.join(" "));
    }),
  );
});

it("knows the languages that eld knows", () => {
  expect(lean?.info().Languages).toEqual(whole.info().Languages);
});
