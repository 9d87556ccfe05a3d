// Matrices: worked out where they are sums and products, then compared cell by cell.
import { exact } from "../evaluate/exact.js";
import { LimitError } from "../limits.js";
import { isInteger } from "../number/rational.js";
import { isDecimal, type Node, number, product, sum } from "../read/nodes.js";

type Rows = readonly (readonly Node[])[];

/** Products of larger matrices are not worked out. */
const LARGEST = 8;
const MOST_FACTORS = 6;
/** Nodes of a cell that is no number; each further factor multiplies them. */
const MOST_NODES = 500;

/** The cells of a matrix, or of a sum, product, power or transpose of matrices; undefined for anything else. */
export function matrixRows(node: Node): Rows | undefined {
  switch (node.kind) {
    case "matrix":
      return node.parts.map(({ parts }) => parts);
    case "sum":
      return node.parts.map(matrixRows).reduce((total, term) => total && term && added(total, term));
    case "product": {
      const factors = node.parts.map(matrixRows);
      const [first, ...others] = factors.filter((rows) => rows !== undefined);
      const total = others.reduce<Rows | undefined>((left, right) => left && multiplied(left, right), first);
      const scalars = node.parts.filter((_, index) => factors[index] === undefined);
      return scalars.length === 0 ? total : total?.map((row) => row.map((cell) => product([...scalars, cell])));
    }
    case "power": {
      const [base, exponent] = node.parts;
      const rows = matrixRows(base);
      if (rows && exponent.kind === "symbol" && /^(?:T|t|top|intercal)$/.test(exponent.name)) return transposed(rows);
      if (rows === undefined || exponent.kind !== "number" || !isInteger(exponent.value)) return undefined;
      const count = Number(exponent.value.numerator);
      if (count < 1 || count > MOST_FACTORS) return undefined;
      let total: Rows | undefined = rows;
      for (let times = 1; times < count; times++) total &&= multiplied(total, rows);
      return total;
    }
    default:
      return undefined;
  }
}

const transposed = (rows: Rows): Rows => (rows[0] ?? []).map((_, column) => rows.flatMap((row) => row[column] ?? []));

const added = (a: Rows, b: Rows): Rows | undefined =>
  a.length === b.length && a[0]?.length === b[0]?.length
    ? a.map((row, y) => row.map((cell, x) => sum([cell, b[y]?.[x] ?? cell])))
    : undefined;

function multiplied(a: Rows, b: Rows): Rows | undefined {
  const columns = transposed(b);
  if (a[0]?.length !== b.length || Math.max(a.length, b.length, columns.length) > LARGEST) return undefined;
  return a.map((row) =>
    columns.map((column) => settled(sum(row.map((cell, k) => product([cell, column[k] ?? cell]))))),
  );
}

/** A cell as its number where it is one, so that products of products stay small. @throws LimitError */
function settled(cell: Node): Node {
  const value = exact(cell);
  if (value) return number(value, isDecimal(cell));
  if (nodesOf(cell) > MOST_NODES) throw new LimitError("the matrix takes too long to work out");
  return cell;
}

const nodesOf = ({ parts }: Node): number => parts.reduce((total, part) => total + nodesOf(part), 1);
