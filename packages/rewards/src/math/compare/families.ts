// Solutions with a whole parameter: x = π/6 + kπ, k ∈ ℤ.
import { evaluationAt } from "../evaluate/evaluation.js";
import { evaluate } from "../evaluate/numeric.js";
import { last, type Node, variables } from "../read/nodes.js";

export interface Family {
  readonly values: readonly Node[];
  readonly parameter: string;
  /** The least value of the parameter. */
  readonly from: number;
}

/** Values with a parameter that is declared to be whole; or, of a guest, one whose parameter has a usual name. */
export function familyOf(node: Node, guest: boolean): Family | undefined {
  const isCollection = node.kind === "list" || node.kind === "builder";
  if (!guest && !isCollection) return undefined;
  let declared: Pick<Family, "parameter" | "from"> | undefined;
  const values: Node[] = [];
  const isBuilder = node.kind === "builder" && node.parts[0].kind === "symbol";
  for (const part of isCollection ? node.parts.slice(Number(isBuilder)) : [node]) {
    const [name, set] = part.kind === "relation" && part.name === "∈" ? part.parts : [];
    const whole = part.kind === "text" ? /\b([a-z]) (?:is|be) (?:an|any) integer$/i.exec(part.name)?.[1] : undefined;
    if (whole !== undefined) declared = { parameter: whole, from: -Infinity };
    else if (name?.kind === "symbol" && set && /^[ZN][+-]?$/.test(set.name)) {
      declared = { parameter: name.name, from: set.name === "Z" ? -Infinity : 0 };
    } else {
      const value = part.kind === "relation" && /^[=∈]+$/.test(part.name) ? last(part) : part;
      values.push(...(value.kind === "set" ? value.parts : [value]));
    }
  }
  const names = new Set(values.flatMap((value) => [...variables(value)]));
  if (declared) return names.has(declared.parameter) ? { values, ...declared } : undefined;
  const [parameter = "", ...others] = names;
  return guest && others.length === 0 && /^[knmlKN]$/.test(parameter)
    ? { values, parameter, from: -Infinity }
    : undefined;
}

/** Whether both go through the same values, tried near zero one way and further out the other. */
export const equalFamilies = (a: Family, b: Family): boolean => covers(a, b) && covers(b, a);

function covers(outer: Family, inner: Family): boolean {
  const [wide, near] = [members(outer, 40), members(inner, 4)];
  return (
    near.length > 0 &&
    near.every((value) => wide.some((other) => Math.abs(other - value) <= 1e-9 * Math.max(1, Math.abs(value))))
  );
}

/** NaN stands for what has no real value. */
function members({ values, parameter, from }: Family, reach: number): number[] {
  const found: number[] = [];
  for (const value of values) {
    for (let index = Math.max(from, -reach); index <= reach; index++) {
      const result = evaluate(value, evaluationAt(parameter, index));
      found.push(result && Math.abs(result.im) <= 1e-12 ? result.re : Number.NaN);
    }
  }
  return found;
}
