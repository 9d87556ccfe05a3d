// Determinants and traces of small matrices.
import { LimitError } from "../limits.js";
import { add, type Complex, exactly, inverse, magnitude, multiply, negate } from "../number/complex.js";
import type { Node } from "../read/nodes.js";

const LARGEST = 12;

type Value = (cell: Node) => Complex | undefined;

/** By elimination with pivots; undefined unless it is square and all cells have values. */
export function determinant(rows: readonly (readonly Node[])[], value: Value): Complex | undefined {
  if (rows.length > LARGEST) throw new LimitError("the matrix is too large");
  const cells: Complex[][] = [];
  for (const row of rows) {
    if (row.length !== rows.length) return undefined;
    const values = row.map(value);
    if (values.includes(undefined)) return undefined;
    cells.push(values as Complex[]);
  }
  let result: Complex = exactly(1);
  for (let column = 0; column < cells.length; column++) {
    const order = cells
      .slice(column)
      .toSorted((a, b) => magnitude(b[column] ?? exactly(0)) - magnitude(a[column] ?? exactly(0)));
    const [pivotRow] = order;
    const pivot = pivotRow?.[column];
    if (pivotRow === undefined || pivot === undefined || magnitude(pivot) <= pivot.error) return exactly(0);
    const from = cells.indexOf(pivotRow);
    if (from !== column) {
      [cells[from], cells[column]] = [cells[column] ?? [], pivotRow];
      result = negate(result);
    }
    result = multiply(result, pivot);
    const reciprocal = inverse(pivot);
    for (let below = column + 1; below < cells.length; below++) {
      const row = cells[below] ?? [];
      const factor = multiply(row[column] ?? exactly(0), reciprocal);
      cells[below] = row.map((cell, index) => add(cell, negate(multiply(factor, pivotRow[index] ?? exactly(0)))));
    }
  }
  return result;
}

export function trace(rows: readonly (readonly Node[])[], value: Value): Complex | undefined {
  let total: Complex = exactly(0);
  for (const [index, row] of rows.entries()) {
    const cell = row[index];
    const number = cell && value(cell);
    if (number === undefined || row.length !== rows.length) return undefined;
    total = add(total, number);
  }
  return total;
}
