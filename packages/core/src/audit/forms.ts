/** Forms in which language models give answers: tags, boxes, hashes, sentences, blocks. */

/** A way to write an answer down. */
export interface Form {
  /** As reports call it. */
  readonly name: string;
  write(answer: string, thinking: string): string;
}

const after = (thinking: string, text: string): string => (thinking === "" ? text : `${thinking}\n${text}`);

/** Usual forms. Where several serve a composite equally well, the first of them is taken for the honest one. */
export const forms: readonly Form[] = [
  {
    name: "<think>…</think><answer>…</answer> on lines of their own",
    write: (answer, thinking) => `<think>\n${thinking}\n</think>\n<answer>\n${answer}\n</answer>`,
  },
  {
    name: "<think>…</think><answer>…</answer>",
    write: (answer, thinking) => `<think>${thinking}</think><answer>${answer}</answer>`,
  },
  {
    name: "<reasoning>…</reasoning><answer>…</answer>",
    write: (answer, thinking) => `<reasoning>\n${thinking}\n</reasoning>\n<answer>\n${answer}\n</answer>\n`,
  },
  { name: "<answer>…</answer>", write: (answer, thinking) => after(thinking, `<answer>${answer}</answer>`) },
  { name: "\\boxed{…}", write: (answer, thinking) => after(thinking, `\\boxed{${answer}}`) },
  {
    name: "<think>…</think>\\boxed{…}",
    write: (answer, thinking) => `<think>\n${thinking}\n</think>\n\\boxed{${answer}}`,
  },
  {
    name: "<think>…</think><answer>\\boxed{…}</answer>",
    write: (answer, thinking) => `<think>\n${thinking}\n</think>\n<answer>\n\\boxed{${answer}}\n</answer>`,
  },
  { name: "#### …", write: (answer, thinking) => after(thinking, `#### ${answer}`) },
  { name: "The answer is …", write: (answer, thinking) => after(thinking, `The answer is ${answer}.`) },
  { name: "The answer is (…)", write: (answer, thinking) => after(thinking, `The answer is (${answer}).`) },
  { name: "Answer: …", write: (answer, thinking) => after(thinking, `Answer: ${answer}`) },
  { name: "<think>…</think> and the answer", write: (answer, thinking) => `<think>\n${thinking}\n</think>\n${answer}` },
  { name: "a ```json block", write: (answer, thinking) => after(thinking, `\`\`\`json\n${answer}\n\`\`\``) },
  { name: "a ```python block", write: (answer, thinking) => after(thinking, `\`\`\`python\n${answer}\n\`\`\``) },
  {
    name: "a ```javascript block",
    write: (answer, thinking) => after(thinking, `\`\`\`javascript\n${answer}\n\`\`\``),
  },
  { name: "the answer after the thinking", write: (answer, thinking) => after(thinking, answer) },
  { name: "the answer alone", write: (answer) => answer },
];
