// Matrices: worked out where they are sums and products, then compared cell by cell.
import { literal, type Node, product, sum } from "../read/nodes.js";

type Rows = readonly (readonly Node[])[];

/** Products of larger matrices are not worked out. */
const LARGEST = 8;

/** The cells of a matrix, or of a sum, product, power or transpose of matrices; undefined for anything else. */
export function matrixRows(node: Node): Rows | undefined {
  switch (node.kind) {
    case "matrix":
      return node.rows;
    case "sum": {
      const terms = node.terms.map(matrixRows);
      const [first, ...others] = terms;
      return first && others.reduce<Rows | undefined>((total, term) => total && term && added(total, term), first);
    }
    case "product": {
      let total: Rows | undefined;
      const scalars: Node[] = [];
      for (const factor of node.factors) {
        const rows = matrixRows(factor);
        if (rows === undefined) scalars.push(factor);
        else if (total === undefined) total = rows;
        else if ((total = multiplied(total, rows)) === undefined) return undefined;
      }
      return (
        total && (scalars.length === 0 ? total : total.map((row) => row.map((cell) => product([...scalars, cell]))))
      );
    }
    case "power": {
      const base = matrixRows(node.base);
      if (base === undefined) return undefined;
      if (node.exponent.kind === "symbol" && /^(?:T|t|top|intercal)$/.test(node.exponent.name)) {
        return (base[0] ?? []).map((_, column) => base.map((row) => row[column] ?? node));
      }
      const count = literal(node.exponent);
      if (count === undefined || count.denominator !== 1n || count.numerator < 1n || count.numerator > 6n)
        return undefined;
      let total: Rows | undefined = base;
      for (let times = 1n; times < count.numerator && total; times++) total = multiplied(total, base);
      return total;
    }
    default:
      return undefined;
  }
}

function added(a: Rows, b: Rows): Rows | undefined {
  if (a.length !== b.length || a[0]?.length !== b[0]?.length) return undefined;
  return a.map((row, y) => row.map((cell, x) => sum([cell, b[y]?.[x] ?? cell])));
}

function multiplied(a: Rows, b: Rows): Rows | undefined {
  const inner = b.length;
  if (a[0]?.length !== inner || a.length > LARGEST || inner > LARGEST || (b[0]?.length ?? 0) > LARGEST)
    return undefined;
  return a.map((row) => (b[0] ?? []).map((_, x) => sum(row.map((cell, k) => product([cell, b[k]?.[x] ?? cell])))));
}
