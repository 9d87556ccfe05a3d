// Solutions with a whole parameter: x = π/6 + kπ, k ∈ ℤ.
import { evaluation } from "../evaluate/evaluation.js";
import { evaluate } from "../evaluate/numeric.js";
import { exactly } from "../number/complex.js";
import { type Node, variables } from "../read/nodes.js";

export interface Family {
  readonly values: readonly Node[];
  readonly parameter: string;
  /** The least value of the parameter. */
  readonly from: number;
}

const valueOf = (node: Node): Node =>
  node.kind === "relation" && node.operators.every((operator) => operator === "=" || operator === "∈")
    ? (node.operands.at(-1) ?? node)
    : node;

/** Values with a parameter that is declared to be whole; or, of a guest, one whose parameter has a usual name. */
export function familyOf(node: Node, guest: boolean): Family | undefined {
  if (!guest && node.kind !== "list" && node.kind !== "builder") return undefined;
  const parts =
    node.kind === "list" ? node.elements : node.kind === "builder" ? [node.element, ...node.conditions] : [node];
  let declared: { readonly parameter: string; readonly from: number } | undefined;
  const values: Node[] = [];
  for (const part of parts) {
    const [name, set] = part.kind === "relation" && part.operators.join() === "∈" ? part.operands : [];
    const isWhole =
      (set?.kind === "named-set" && (set.name === "Z" || set.name === "N")) ||
      (set?.kind === "symbol" && /^[ZN][+-]?$/.test(set.name));
    if (name?.kind === "symbol" && set && isWhole) {
      declared = { parameter: name.name, from: set.kind === "named-set" && set.name === "Z" ? -Infinity : 0 };
    } else {
      const value = valueOf(part);
      values.push(...(value.kind === "set" ? value.elements : [value]));
    }
  }
  if (declared !== undefined)
    return values.length > 0 && mentions(values, declared.parameter) ? { values, ...declared } : undefined;
  if (!guest) return undefined;
  const names = new Set(values.flatMap((value) => [...variables(value)]));
  const parameter = ["k", "n", "m", "l", "K", "N"].find((name) => names.has(name));
  return parameter !== undefined && names.size === 1 ? { values, parameter, from: -Infinity } : undefined;
}

const mentions = (values: readonly Node[], name: string): boolean => values.some((value) => variables(value).has(name));

/** Whether both go through the same values, tried near zero one way and further out the other. */
export function equalFamilies(a: Family, b: Family): boolean {
  return covers(a, b) && covers(b, a);
}

function covers(outer: Family, inner: Family): boolean {
  const wide = members(outer, 40);
  const near = members(inner, 4);
  if (wide === undefined || near === undefined || near.length === 0) return false;
  return near.every((value) => wide.some((other) => Math.abs(other - value) <= 1e-9 * Math.max(1, Math.abs(value))));
}

function members({ values, parameter, from }: Family, reach: number): number[] | undefined {
  const found: number[] = [];
  for (const value of values) {
    for (let index = Math.max(from, -reach); index <= reach; index++) {
      const result = evaluate(value, evaluation(new Map([[parameter, exactly(index)]])));
      if (result === undefined || Math.abs(result.im) > 1e-12) return undefined;
      found.push(result.re);
    }
  }
  return found;
}
