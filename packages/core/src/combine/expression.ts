/** The tree of a `combine` expression: everything that the allow-list admits, and nothing else. */
import type { OperationName } from "./operations.js";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "reward"; readonly name: string }
  | { readonly kind: "operation"; readonly operation: OperationName; readonly operands: readonly Expression[] }
  /** `test ? whenTrue : whenFalse`; only the branch taken is evaluated. */
  | {
      readonly kind: "condition";
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  /** `default(operand, fallback)`: the fallback where the operand abstains. */
  | { readonly kind: "default"; readonly operand: Expression; readonly fallback: Expression };

/** The rewards that an expression names, each once, in order of appearance. */
export function namesOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === "reward") names.add(node.name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return [...names];
}

function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "operation":
      return node.operands;
    case "condition":
      return [node.test, node.whenTrue, node.whenFalse];
    case "default":
      return [node.operand, node.fallback];
    default:
      return [];
  }
}
