// Units in one spelling.

import { byWord } from "./vocabulary.js";

const SPELLINGS = byWord({
  m: "meter metre",
  cm: "centimeter centimetre",
  mm: "millimeter",
  km: "kilometer kilometre",
  ft: "foot feet",
  in: "inch inche",
  yd: "yard",
  mi: "mile",
  s: "second sec",
  min: "minute",
  h: "hour hr",
  g: "gram",
  kg: "kilogram",
  lb: "pound",
  L: "liter litre l",
  $: "dollar",
  "°": "degree deg",
  yr: "year",
});

function spelled(units: readonly string[]): string {
  return units
    .join(" ")
    .replaceAll(/[{}\s]+/g, " ")
    .split(" ")
    .map((word) => {
      const singular = word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word;
      return SPELLINGS.get(singular.toLowerCase()) ?? SPELLINGS.get(word.toLowerCase()) ?? singular;
    })
    .join(" ")
    .replaceAll(/square (\S+)|sq (\S+)/g, "$1$2 ^ 2")
    .replaceAll(/cubic (\S+)|cu (\S+)/g, "$1$2 ^ 3")
    .trim();
}

/** Whether the answer has the gold's units; a gold without any takes every one. */
export const sameUnits = (gold: readonly string[], answer: readonly string[]): boolean =>
  gold.length === 0 || spelled(gold) === spelled(answer);

const half = (units: readonly string[]): string | undefined =>
  /\b([ap])\.? ?m\b/i.exec(units.join(" "))?.[1]?.toLowerCase();

/** Whether one is a time before noon and the other one after it. */
export const differInHalf = (gold: readonly string[], answer: readonly string[]): boolean => {
  const [own, other] = [half(gold), half(answer)];
  return own !== undefined && other !== undefined && own !== other;
};
