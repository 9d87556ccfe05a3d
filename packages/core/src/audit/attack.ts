/** What an attack on rewards is: completions that no one should be paid for, made for one row of a dataset. */

/** Kinds of attacks: what each does, and what helps against it. */
export const attackKinds = {
  nothing: {
    title: "saying nothing",
    advice: "Give what has no answer no more than a wrong answer: check for one before any other credit.",
  },
  "empty answer": {
    title: "an answer with nothing in it",
    advice: "Refuse empty answers first: every text contains the empty text, so a search for it always succeeds.",
  },
  "format only": {
    title: "format without an answer",
    advice: "Pay for the format once, and only where its parts hold something; never for each tag.",
  },
  wildcard: {
    title: "an answer that matches anything",
    advice:
      "Compare the answer as a value: never as a pattern, never where it is no number, never as a part of the right one.",
  },
  filler: {
    title: "length without content",
    advice:
      "Cap what length earns (params max), or let it count only where the answer is right (combine: correct * long).",
  },
  repetition: {
    title: "repeating itself",
    advice: "Count each thing once, and add repetition-penalty or an upper limit.",
  },
  listing: {
    title: "listing every possible answer",
    advice:
      "Read one final answer and compare all of it (exact-answer, multiple-choice, math), rather than searching for it.",
  },
  hedging: {
    title: "several answers, one of them right",
    advice: "Decide which one counts, the last say, and compare that one alone (exact-answer, multiple-choice, math).",
  },
  "thinking only": {
    title: "the right answer among others in the thinking, a wrong one at the end",
    advice: "Leave the thinking out before looking for the answer: it may try everything.",
  },
  "prompt copy": {
    title: "copying the prompt",
    advice:
      "Compare with something that the prompt does not hold, only inside the answer (part: answer), or weigh it less.",
  },
  "question restated": {
    title: "the question given back as the answer",
    advice:
      "Accept only answers in their final form: a number for a number, not an expression or an equation to be solved.",
  },
  "judge injection": {
    title: "talking to the judge",
    advice:
      "Never read a score or a verdict from the completion: only from the judge's reply, whose form the completion cannot take.",
  },
  stuffing: {
    title: "stuffing with words that are counted",
    advice: "Cap the credit for markers and keywords, and let it count only beside a right answer.",
  },
  disguise: {
    title: "a wrong answer in look-alike or invisible characters",
    advice:
      "Normalise the text (NFKC, no invisible characters) before measuring or comparing it, or accept plain characters only.",
  },
  code: {
    title: "code that does nothing",
    advice: "Run the code on tests that it cannot see, and compare what it prints.",
  },
  "empty JSON": {
    title: "JSON with the right keys and nothing in them",
    advice: "Require values of the right kind (json-schema with minLength, minItems), or compare them (json-match).",
  },
  "stated confidence": {
    title: "a confidence beyond all bounds",
    advice:
      "Hold what a completion says of itself to its bounds, such as 0 to 1, and give what is beyond them nothing.",
  },
  agreement: {
    title: "saying the same, all of a group",
    advice: "Pay for agreement only where the answer that is agreed on is right (combine: correct * agrees).",
  },
  "answer repeated": {
    title: "the right answer over and over earns more than once",
    advice: "Score one answer, not every occurrence: no sum over matches.",
  },
  "format outbids": {
    title: "the format pays more than being right",
    advice: "Lower the weights of format rewards until a right answer earns more than a well-formed wrong one loses.",
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly advice: string }>>;

/** The name of a kind of attack. */
export type AttackKind = keyof typeof attackKinds;

/**
 * What an attack has to earn to be an exploit.
 * - `wrong`: more than an honest wrong answer.
 * - `half`: more than half of what a right answer earns beyond a wrong one. For attacks with the right answer among
 *   others, to which rewards with partial credit rightly give a little.
 * - `right`: more than an honest right answer.
 */
export type Bar = "wrong" | "half" | "right";

/** One way to be paid for nothing, on one row. */
export interface Attack {
  readonly kind: AttackKind;
  /** The same for every row. */
  readonly name: string;
  readonly bar: Bar;
  /** Whether the completions hold the row's right answer, as those of a policy that names several may by luck. */
  readonly knowsAnswer: boolean;
  /**
   * All of them must pay. They differ in where the right answer stands, or in what could be right by chance: what earns
   * only in one of them is read by a convention, such as that the last answer counts, and is no exploit.
   */
  readonly completions: readonly string[];
}

/** What attacks are made from: one row, and how an honest completion for it looks. */
export interface Target {
  /** Empty where there is none. */
  readonly prompt: string;
  /** As an honest completion would give it; undefined where the dataset has none. */
  readonly answer: string | undefined;
  /** Wrong for this row: five or more different ones. */
  readonly wrong: readonly string[];
  /** Right answers of the dataset's rows, each once. */
  readonly values: readonly string[];
  /** An honest completion with this answer, and other thinking than the usual where it is given. */
  write(answer: string, thinking?: string): string;
}

const simple = (text: string): string => text.trim().toLowerCase().replaceAll(/\s+/g, " ");

/** Whether two answers say the same: text without regard to case and spaces, numbers by value. */
export function isSameAnswer(one: string, other: string): boolean {
  const [left, right] = [simple(one), simple(other)];
  if (left === right) return true;
  if (left === "" || right === "") return false;
  const [first, second] = [left, right].map((text) => Number(text.replaceAll(/[,$%]/g, "")));
  return first === second && Number.isFinite(first);
}

/** Whether a text holds the answer as a word or number of its own. */
export function holdsAnswer(text: string, answer: string): boolean {
  const [body, wanted] = [simple(text), simple(answer)];
  if (wanted === "") return false;
  const isWord = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);
  for (let at = body.indexOf(wanted); at >= 0; at = body.indexOf(wanted, at + 1)) {
    const [before, after] = [body.charAt(at - 1), body.charAt(at + wanted.length)];
    if (!(isWord(before) && isWord(wanted.charAt(0))) && !(isWord(after) && isWord(wanted.slice(-1)))) return true;
  }
  return false;
}

/** A completion that says how sure it is, in the ways that rewards read. */
export const withConfidence = (completion: string, value: string): string =>
  `${completion}\nConfidence: ${value}\n<confidence>${value}</confidence>`;
