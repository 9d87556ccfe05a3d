// Numbers as written in prose, compared digit by digit: 0.1 + 0.2 is never asked of a float here.

const CURRENCY = "$€£¥₹";

/** Sign, currency, digits with or without thousands commas, fraction, exponent, percent or currency, full stop. */
const numberText = new RegExp(
  `^([+\\-\u2212]?)(?:\\\\?[${CURRENCY}])?([+\\-\u2212]?)` +
    String.raw`(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?` +
    ` ?(?:\\\\?[%${CURRENCY}])?\\.?$`,
);

/**
 * The canonical form of a number, so that two texts say the same number exactly if their canonical forms are equal:
 * sign, digits without zeros at either end, `e`, exponent of the last digit. `undefined` when the text is no number.
 *
 * Read as numbers are: `1,290`, `$1,290.00`, `+7`, `−3`, `.5`, `1e3`, `007`, `50%` (as 50), `42.`. Not: `1,2`, `1/2`,
 * `12 apples`.
 */
export function canonicalDecimal(text: string): string | undefined {
  const [, sign = "", innerSign = "", whole = "", fraction = "", exponent = "0"] = numberText.exec(text) ?? [];
  if (whole === "" && fraction === "") return undefined;
  if (sign !== "" && innerSign !== "") return undefined;

  const digits = whole.replaceAll(",", "") + fraction;
  let start = 0;
  while (digits.charAt(start) === "0") start++;
  let end = digits.length;
  while (end > start && digits.charAt(end - 1) === "0") end--;
  if (start === end) return "0";
  const scale = Number(exponent) - fraction.length + (digits.length - end);
  const isNegative = sign + innerSign !== "" && sign + innerSign !== "+";
  return `${isNegative ? "-" : ""}${digits.slice(start, end)}e${scale}`;
}

/** A minus after one of these subtracts. */
const operandEnd = /[\p{L}\p{N})\]}]/u;

/** A number inside prose: thousands commas only where they group by three. */
const numberInProse = /(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,9}(?!\d))?|\.\d+/g;

/** The last number in the text, with its sign, as written; `undefined` when there is none. `10-5` ends in `5`. */
export function lastNumber(text: string): string | undefined {
  let last: RegExpExecArray | undefined;
  for (const match of text.matchAll(numberInProse)) last = match;
  if (last === undefined) return undefined;
  const before = text.charAt(last.index - 1);
  const signAt = before !== "" && CURRENCY.includes(before) ? last.index - 2 : last.index - 1;
  const isNegative = /[-\u2212]/.test(text.charAt(signAt)) && !operandEnd.test(text.charAt(signAt - 1));
  return (isNegative ? "-" : "") + last[0];
}
