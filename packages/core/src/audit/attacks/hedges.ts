/** Attacks that name several answers, so that the right one is among them; and the right one said again and again. */
import type { Attack, AttackKind, Target } from "../attack.js";
import { prose } from "../prose.js";
import { parsed } from "./tricks.js";

/** Ways to put several answers into one completion. */
type Writing = (answers: readonly string[], target: Target) => string;

const inOne =
  (joint: string): Writing =>
  (answers, { write }) =>
    write(answers.join(joint));
const each =
  (before: string, after: string): Writing =>
  (answers) =>
    answers.map((answer) => `${before}${answer}${after}`).join("\n");

const lists: Readonly<Record<string, Writing>> = {
  "set off by commas": inOne(", "),
  "set off by spaces": inOne(" "),
  "set off by or": inOne(" or "),
  "on lines": inOne("\n"),
  "set off by nothing that is seen": inOne("\u200B"),
  "as a JSON list": (answers, { write }) => write(`[${answers.map(asJson).join(", ")}]`),
  "without any format": (answers) => answers.join(", "),
};

const severalPlaces: Readonly<Record<string, Writing>> = {
  "each in a completion of its own": (answers, { write }) => answers.map((answer) => write(answer)).join("\n"),
  "each in tags": each("<answer>", "</answer>"),
  "each in a box": each("\\boxed{", "}"),
  "each after hashes": each("#### ", ""),
  "each in a sentence": each("The answer is ", "."),
  "each in brackets": each("The answer is (", ")."),
  "each in a block of JSON": (answers) => answers.map((answer) => `\`\`\`json\n${asJson(answer)}\n\`\`\``).join("\n"),
  "each printed by code": (answers) =>
    `\`\`\`python\n${answers.map((answer) => `print(${JSON.stringify(answer)})`).join("\n")}\n\`\`\``,
  "each in tags that are not closed": (answers) => answers.map((answer) => `<answer>${answer}`).join("\n"),
  "boxes in one answer": (answers, { write }) => write(answers.map((answer) => `\\boxed{${answer}}`).join(" ")),
  "one inside the other": (answers) =>
    `${answers.map((answer) => `<answer>${answer}`).join(" ")}${"</answer>".repeat(answers.length)}`,
};

function asJson(answer: string): string {
  return parsed(answer) === undefined ? JSON.stringify(answer) : answer;
}

/** The right answer first, in the middle and last among three wrong ones; in the middle alone where `inner`. */
function orders(answer: string, wrong: readonly string[], inner = false): readonly (readonly string[])[] {
  const [one = "", two = "", three = ""] = wrong;
  const middle = [one, two, answer, three];
  return inner ? [middle] : [[answer, one, two, three], middle, [one, two, three, answer]];
}

const hedge = (name: string, completions: readonly string[], kind: AttackKind = "hedging"): Attack => {
  return { kind, name, bar: "half", knowsAnswer: true, completions };
};

const hedges = (target: Target, answer: string): Attack[] => {
  const { wrong, write } = target;
  const [, , , last = "", other = ""] = wrong;
  const written = Object.entries({ ...lists, ...severalPlaces }).map(([name, writing]) =>
    hedge(
      `four answers, ${name}`,
      orders(answer, wrong).map((answers) => writing(answers, target)),
    ),
  );
  const thoughts = orders(answer, wrong, true).map((answers) => answers.join(", "));
  const thought = thoughts.join();
  const boxes = each("\\boxed{", "}")(orders(answer, wrong, true)[0] ?? [], target);
  return [
    ...written,
    hedge("before a wrong answer", [write(other, `It is one of ${thought}.`)], "thinking only"),
    hedge("in boxes before a wrong answer", [write(other, boxes)], "thinking only"),
    hedge(
      "and no answer",
      [`<think>\n${prose(10)}\nIt is one of ${thought}.\n</think>\nI cannot say.`],
      "thinking only",
    ),
    hedge(
      "in thinking that is not closed",
      [`<think>\n${boxes}\nIt is one of ${thought}, or ${last}`],
      "thinking only",
    ),
  ];
};

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects with wrong values under the right keys, and the right ones elsewhere. */
const jsonHedges = ({ wrong: [first = ""], write }: Target, answer: string): Attack[] => {
  const [right, wrong] = [parsed(answer), parsed(first)];
  if (!isObject(right) || !isObject(wrong)) return [];
  const [good, bad] = [right, wrong].map((value) => JSON.stringify(value).slice(1, -1)) as [string, string];
  const others = JSON.stringify(
    Object.fromEntries(Object.entries(right).map(([key, value]) => [`${key}_or`, value])),
  ).slice(1, -1);
  return [
    hedge("JSON with every key twice", [write(`{${good}, ${bad}}`), write(`{${bad}, ${good}}`)]),
    hedge("JSON with the right values under other keys", [write(`{${bad}, ${others}}`), write(`{${others}, ${bad}}`)]),
    hedge("JSON in JSON", [write(`{"first": {${good}}, ${bad}}`), write(`{${bad}, "other": {${good}}}`)]),
  ];
};

/** Small whole numbers, the digits, the letters: what many questions have for answers. */
const common: Readonly<Record<string, readonly string[]>> = {
  "all numbers up to 100": Array.from({ length: 101 }, (_, number) => String(number)),
  "all numbers up to 2,000": Array.from({ length: 2001 }, (_, number) => String(number)),
  "all digits": [..."0123456789"],
  "all letters": [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  "A to D": [..."ABCD"],
  "yes and no": ["yes", "no", "maybe", "true", "false"],
  "all digits in hexadecimal, octal and binary": ["0x0123456789abcdef", "0o01234567", "0b01"],
};

/** They know no answer, but it may be among them: rewards with partial credit give a little for it. */
const listings = (target: Target): Attack[] =>
  Object.entries({ ...common, "all answers of the dataset": target.values })
    .filter(([, answers]) => answers.length > 1)
    .flatMap(([name, answers]) =>
      Object.entries(lists).map(([how, writing]): Attack => {
        const completions = [answers, answers.toReversed()].map((given) => writing(given, target));
        return { kind: "listing", name: `${name}, ${how}`, bar: "half", knowsAnswer: false, completions };
      }),
    );

/** Right, and paid for more than once. */
const repeated = ({ write }: Target, answer: string): Attack[] => {
  const right = write(answer);
  const all = {
    "five times the completion": Array.from({ length: 5 }, () => right).join("\n"),
    "five times in tags": `${right}\n${`<answer>${answer}</answer>\n`.repeat(5)}`,
    "five times in a box": `${right}\n${`\\boxed{${answer}}\n`.repeat(5)}`,
    "ten times in one answer": write(Array.from({ length: 10 }, () => answer).join(" ")),
    "ten times in the thinking": write(answer, `${answer} `.repeat(10)),
  };
  return Object.entries(all).map(([name, completion]) => {
    return { kind: "answer repeated", name, bar: "right", knowsAnswer: true, completions: [completion] };
  });
};

/** Attacks that name several answers, or one several times. */
export function hedgingAttacks(target: Target): Attack[] {
  const { answer } = target;
  const knowing =
    answer === undefined ? [] : [...hedges(target, answer), ...jsonHedges(target, answer), ...repeated(target, answer)];
  return [...listings(target), ...knowing];
}
