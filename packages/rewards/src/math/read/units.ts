// Units in one spelling.

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    meter: "m",
    metre: "m",
    centimeter: "cm",
    centimetre: "cm",
    millimeter: "mm",
    kilometer: "km",
    kilometre: "km",
    foot: "ft",
    feet: "ft",
    inch: "in",
    inche: "in",
    yard: "yd",
    mile: "mi",
    second: "s",
    sec: "s",
    minute: "min",
    hour: "h",
    hr: "h",
    gram: "g",
    kilogram: "kg",
    pound: "lb",
    liter: "L",
    litre: "L",
    l: "L",
    dollar: "$",
    degree: "°",
    deg: "°",
    year: "yr",
  }),
);

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
