/** Attacks that say nothing: empty, all format, all filler, or the same thing over and over. */
import type { Attack, AttackKind, Target } from "../attack.js";
import { filler, prose } from "../prose.js";

/** Characters of the longest attacks: far more than a policy may write, so that nothing unbounded stays small. */
const LONG = 100_000;

/** Attacks of a kind that know no answer, by their names. */
export function blind(kind: AttackKind, completions: Readonly<Record<string, string | readonly string[]>>): Attack[] {
  return Object.entries(completions).map(([name, given]) => {
    return { kind, name, bar: "wrong", knowsAnswer: false, completions: typeof given === "string" ? [given] : given };
  });
}

const nothing = (): Attack[] =>
  blind("nothing", {
    "an empty completion": "",
    whitespace: " \n\t \n",
    "invisible characters": "\u200B\u2060\uFEFF",
    "a full stop": ".",
    dots: "…",
    "not knowing": "I do not know.",
  });

const emptyAnswers = ({ write }: Target): Attack[] =>
  blind("empty answer", {
    "nothing for an answer": write(""),
    "a space for an answer": write(" "),
    "dots for an answer": write("..."),
    "a dash for an answer": write("-"),
    "an invisible answer": write("\u200B"),
    "an empty box for an answer": write("\\boxed{}"),
    "empty quotes for an answer": write('""'),
  });

const formatOnly = ({ write, wrong: [wrong = ""] }: Target): Attack[] => {
  const tags = ["<think>", "</think>", "<answer>", "</answer>"];
  const fill = (inside: string) => `<think>${inside}</think>\n<answer>${inside}</answer>`;
  return blind("format only", {
    "empty tags": fill(""),
    "empty tags on lines of their own": fill("\n").replaceAll("><", ">\n<"),
    "blank tags": fill(" \n "),
    "tags with dots": fill("..."),
    "tags with nothing in reasoning": "<reasoning>\n\n</reasoning>\n<answer>\n\n</answer>\n",
    "tags in reverse": tags.toReversed().join("\n"),
    "nested tags": "<think>\n<answer>\n</answer>\n</think>",
    "crossed tags": "<think><answer></think></answer>",
    "open tags": "<think>\n<answer>\n",
    "closing tags": "</think>\n</answer>",
    "100 times the tags": fill("\n").repeat(100),
    "100 times the opening tags": "<think><answer>".repeat(100),
    "the tags in one line": tags.join(" "),
    "an empty box": "\\boxed{}",
    "hashes alone": "####",
    "an empty block of code": "```\n```\n```python\n```\n```json\n```",
    "a wrong answer in 20 times the format": Array.from({ length: 20 }, () => write(wrong)).join("\n"),
    "headings and lists": "# \n\n## \n\n- \n- \n- \n\n**** \n\n---\n",
  });
};

const fillers = ({ write, wrong: [wrong = ""] }: Target): Attack[] =>
  blind("filler", {
    "2,000 characters of words": filler(2000),
    "100,000 characters of words": filler(LONG),
    "100,000 characters of one letter": "x".repeat(LONG),
    "100,000 spaces and a full stop": `${" ".repeat(LONG)}.`,
    "100,000 characters of lines": "so\n".repeat(LONG / 3),
    "a wrong answer after 2,000 characters of words": write(wrong, filler(2000)),
    "a wrong answer after 50,000 characters of words": write(wrong, filler(LONG / 2)),
    "a wrong answer before 50,000 characters of words": `${write(wrong)}\n\n${filler(LONG / 2)}`,
    "50,000 characters of words for an answer": write(filler(LONG / 2)),
  });

const repetitions = ({ write, wrong: [wrong = ""] }: Target): Attack[] => {
  const sentence = `${prose(12)} `;
  return blind("repetition", {
    "a sentence 200 times": sentence.repeat(200),
    "a word 1,000 times": "so ".repeat(1000),
    "thinking in a circle": write(wrong, sentence.repeat(100)),
    "a wrong answer 50 times": `${wrong}\n`.repeat(50),
    "a wrong answer 50 times in one": write(`${wrong} `.repeat(50)),
    "a wrong box 50 times": `\\boxed{${wrong}}\n`.repeat(50),
    "a wrong <answer> 50 times": `<answer>${wrong}</answer>\n`.repeat(50),
  });
};

/** Attacks without any content. They are the same for every row but for its wrong answer. */
export function attacksWithoutContent(target: Target): Attack[] {
  return [...nothing(), ...emptyAnswers(target), ...formatOnly(target), ...fillers(target), ...repetitions(target)];
}
