// Three-digit sums and differences, and demonstrations of how to work them out. Everything is a pure function of a
// seed, so that whoever rebuilds the model gets the same problems.

/** @typedef {{ a: number, b: number, operation: "+" | "-" }} Problem */

/** Share of demonstrations that carry both pairs of tags; the rest is split evenly over three imperfect forms. */
const COMPLETE_FORM = 0.6;
/** Share of demonstrations whose reasoning drops every carry and every borrow. */
const SLOPPY_REASONING = 0.6;
/** How many of the 900 operands appear in held-out problems and nowhere else. */
const RESERVED_OPERANDS = 90;

/** Uniform numbers in [0, 1), the same on every machine (mulberry32, Tommy Ettinger, public domain). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Splits 100..999 into operands for training and operands that only held-out problems use. */
export function splitOperands(seed) {
  const random = randomNumbers(seed);
  const operands = Array.from({ length: 900 }, (_, index) => 100 + index);
  for (let last = operands.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [operands[last], operands[other]] = [operands[other], operands[last]];
  }
  return { heldOut: operands.slice(0, RESERVED_OPERANDS), training: operands.slice(RESERVED_OPERANDS) };
}

/**
 * A sum or a difference of two of the operands; a difference has its larger operand first.
 * @returns {Problem}
 */
export function randomProblem(operands, random) {
  const operation = random() < 0.5 ? "+" : "-";
  const first = operands[Math.floor(random() * operands.length)];
  const second = operands[Math.floor(random() * operands.length)];
  return operation === "-"
    ? { a: Math.max(first, second), b: Math.min(first, second), operation }
    : { a: first, b: second, operation };
}

/** Problems of which no two are the same. */
export function distinctProblems(count, operands, random) {
  const problems = new Map();
  while (problems.size < count) {
    const problem = randomProblem(operands, random);
    problems.set(promptOf(problem), problem);
  }
  return [...problems.values()];
}

/** `522+768=` */
export function promptOf({ a, b, operation }) {
  return `${a}${operation}${b}=`;
}

/** The right answer, in decimal digits. */
export function answerOf({ a, b, operation }) {
  return String(operation === "+" ? a + b : a - b);
}

/**
 * The working in columns from the right, each with its digits, the carry (borrow) that comes in, and the carry that
 * goes out before the column's digit: `2+8+0=10;2+6+1=09;5+7+0=12`. A sloppy one drops every carry, so its result is
 * wrong wherever there was one to make.
 * @returns {{ text: string, result: string }}
 */
export function workOut({ a, b, operation }, sloppy) {
  const steps = [];
  let carry = 0;
  let result = 0;
  for (const place of [1, 10, 100]) {
    const above = Math.floor(a / place) % 10;
    const below = Math.floor(b / place) % 10;
    const column = operation === "+" ? above + below + carry : above - below - carry;
    const digit = (column + 10) % 10;
    const carriesOut = column > 9 || column < 0;
    const carryOut = carriesOut && !sloppy ? 1 : 0;
    steps.push(`${above}${operation}${below}${operation}${carry}=${carryOut}${digit}`);
    result += digit * place;
    carry = carryOut;
  }
  if (operation === "+") result += carry * 1000;
  return { text: steps.join(";"), result: String(result) };
}

/** A demonstration as the warm-up sees it: now careful, now sloppy, and not always with all tags. */
export function demonstrate(problem, random) {
  const form = random();
  const sloppy = random() < SLOPPY_REASONING;
  const { text, result } = workOut(problem, sloppy);
  if (form < COMPLETE_FORM) return `<think>${text}</think><answer>${result}</answer>`;
  const imperfect = Math.floor(((form - COMPLETE_FORM) / (1 - COMPLETE_FORM)) * 3);
  if (imperfect === 0) return `${text};${result}`;
  if (imperfect === 1) return `<think>${text}</think>${result}`;
  return answerOf(problem);
}
