// Finds the thinking and the answer between their tags, by plain search: linear however many tags are left open.
import { skipSpace } from "../python-text.js";

/** What stands between the tags, untrimmed. */
export interface ThinkAnswer {
  readonly thinking: string;
  readonly answer: string;
}

const THINK = "<think>";
const THINK_END = "</think>";
const ANSWER = "<answer>";
const ANSWER_END = "</answer>";

/**
 * The match of `<think>(.*?)</think>\s*<answer>(.*?)</answer>` anywhere, the dot matching newlines, that Python's
 * `re.search` finds: from the first `<think>` to the first `</think>` that an answer follows.
 */
export function findThinkAnswer(text: string): ThinkAnswer | undefined {
  const open = text.indexOf(THINK);
  if (open < 0) return undefined;
  const start = open + THINK.length;
  for (let end = text.indexOf(THINK_END, start); end >= 0; end = text.indexOf(THINK_END, end + 1)) {
    const answer = skipSpace(text, end + THINK_END.length);
    if (!text.startsWith(ANSWER, answer)) continue;
    const answerStart = answer + ANSWER.length;
    // Where this answer is never closed, no later one is.
    const answerEnd = text.indexOf(ANSWER_END, answerStart);
    if (answerEnd < 0) return undefined;
    return { thinking: text.slice(start, end), answer: text.slice(answerStart, answerEnd) };
  }
  return undefined;
}

/** What keeps the text from being one thinking and one answer and nothing else; undefined when nothing does. */
export function strictProblem(text: string): string | undefined {
  for (const tag of [THINK, THINK_END, ANSWER, ANSWER_END]) {
    const first = text.indexOf(tag);
    if (first < 0) return `${tag} is missing`;
    if (text.includes(tag, first + tag.length)) return `${tag} occurs more than once`;
  }
  const parts = findThinkAnswer(text);
  if (parts === undefined) return "the tags are not one <think>…</think> followed by one <answer>…</answer>";
  if (skipSpace(text, 0) !== text.indexOf(THINK)) return "there is text before <think>";
  if (skipSpace(text, text.indexOf(ANSWER_END) + ANSWER_END.length) !== text.length) {
    return "there is text after </answer>";
  }
  if (skipSpace(parts.thinking, 0) === parts.thinking.length) return "the thinking is empty";
  if (skipSpace(parts.answer, 0) === parts.answer.length) return "the answer is empty";
  return undefined;
}

/** Open R1's tags, with the line breaks that belong to them. */
const OPEN_R1 = { open: `${THINK}\n`, turn: `\n${THINK_END}\n${ANSWER}\n`, close: `\n${ANSWER_END}` } as const;

/** Whether the closing tag of Open R1's that begins at this place ends its line. */
function endsLine(text: string, close: number): boolean {
  const after = text[close + OPEN_R1.close.length];
  return after === undefined || after === "\n";
}

/**
 * What keeps the text from Open R1's format, each tag on a line of its own and nothing between them; undefined when
 * nothing does. As there (`^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$`, the dot matching newlines and the
 * dollar sign the end of any line), blocks may be empty, and more lines may follow.
 */
export function openR1Problem(text: string): string | undefined {
  const { open, turn, close } = OPEN_R1;
  if (!text.startsWith(open)) return `the first line is not ${THINK}`;
  const middle = text.indexOf(turn, open.length);
  if (middle < 0) return `${THINK_END} and ${ANSWER} are not there on lines of their own, one after the other`;
  for (let end = text.indexOf(close, middle + turn.length); end >= 0; end = text.indexOf(close, end + 1)) {
    if (endsLine(text, end)) return undefined;
  }
  return `${ANSWER_END} is not there on a line of its own`;
}

/** The longest answer of a text in Open R1's format: from the first line that opens one to the last that closes one. */
export function openR1Answer(text: string): string {
  const { open, turn, close } = OPEN_R1;
  const start = text.indexOf(turn, open.length) + turn.length;
  let end = text.lastIndexOf(close);
  while (end > start && !endsLine(text, end)) end = text.lastIndexOf(close, end - 1);
  return text.slice(start, end);
}
