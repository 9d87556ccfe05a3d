/** Rows of a new project: sums of three digits, made by a rule, so that they are nobody's and always the same. */

/** A prompt with the answer that `exact-answer` reads. */
export interface SumRow {
  readonly prompt: string;
  readonly answer: string;
}

/** 48 rows to train on. */
export const trainingRows = (): readonly SumRow[] => rows(0, 48);

/** 16 rows to measure on, of which none is trained on. */
export const heldOutRows = (): readonly SumRow[] => rows(48, 64);

/** Completions of the first row, from right to wrong, to see what rewards say to them. */
export function completionRows(): readonly object[] {
  const [row] = trainingRows();
  if (row === undefined) return [];
  const wrong = String(Number(row.answer) + 10);
  return [
    { ...row, completion: `<think>The sum is ${row.answer}.</think><answer>${row.answer}</answer>` },
    { ...row, completion: row.answer },
    { ...row, completion: `<think>I guess.</think><answer>${wrong}</answer>` },
    { ...row, completion: "" },
  ];
}

/** Multiples of two primes, modulo 400, give numbers that look mixed and do not repeat. */
function rows(from: number, to: number): readonly SumRow[] {
  return Array.from({ length: to - from }, (_, index) => {
    const [left, right] = [100 + (((from + index) * 137 + 31) % 400), 100 + (((from + index) * 211 + 83) % 400)];
    return { prompt: `${left}+${right}=`, answer: String(left + right) };
  });
}
