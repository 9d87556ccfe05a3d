// Determinants and traces of small matrices.
import { LimitError } from "../limits.js";
import {
  add,
  type Complex,
  divide,
  isNothing,
  magnitude,
  multiply,
  negate,
  ONE,
  subtract,
  ZERO,
} from "../number/complex.js";

const LARGEST = 12;

/** A square matrix's determinant, by elimination with pivots. @throws LimitError */
export function determinant(rows: readonly (readonly Complex[])[]): Complex {
  if (rows.length > LARGEST) throw new LimitError("the matrix is too large");
  const [pivotRow, ...others] = rows.toSorted(([a = ZERO], [b = ZERO]) => magnitude(b) - magnitude(a));
  const [pivot, ...rest] = pivotRow ?? [];
  if (pivotRow === undefined || pivot === undefined) return ONE;
  if (isNothing(pivot)) return ZERO;
  const minor = others.map(([first = ZERO, ...row]) => {
    const factor = divide(first, pivot);
    return row.map((cell, index) => subtract(cell, multiply(factor, rest[index] ?? ZERO)));
  });
  const size = multiply(pivot, determinant(minor));
  return isEvenOrder(rows, [pivotRow, ...others]) ? size : negate(size);
}

/** Whether an even number of exchanges leads from one order to the other. */
function isEvenOrder<T>(from: readonly T[], to: readonly T[]): boolean {
  const places = to.map((item) => from.indexOf(item));
  let even = true;
  for (const [index, place] of places.entries())
    for (const later of places.slice(index + 1)) if (later < place) even = !even;
  return even;
}

export const trace = (rows: readonly (readonly Complex[])[]): Complex =>
  rows.reduce((total, row, index) => add(total, row[index] ?? ZERO), ZERO);
