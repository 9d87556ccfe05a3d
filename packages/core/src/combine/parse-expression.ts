/** Parses a `combine` expression with mathjs and walks the result against the allow-list. Nothing of mathjs is run. */
import { createRequire } from "node:module";
import type {
  ConditionalNode,
  ConstantNode,
  FunctionNode,
  MathNode,
  OperatorNode,
  ParenthesisNode,
  RelationalNode,
  SymbolNode,
} from "mathjs";
import { errorMessage, PavlovError } from "../error.js";
import { nearest } from "../nearest-name.js";
import type { Expression } from "./expression.js";
import { functionNames, operations, operators, type OperationName } from "./operations.js";

const longest = 2000;

/** Words of the expression language; a reward of such a name cannot be an operand. */
export const reservedWords: readonly string[] = [
  ...["and", "or", "not", "xor", "mod", "to", "in", "end"],
  ...["true", "false", "null", "undefined", "NaN", "Infinity"],
];

type Parser = (text: string) => MathNode;
let parser: Parser | undefined;

/**
 * mathjs is half of what this package would install and takes hundreds of milliseconds to load, so only those who write
 * an expression pay for it. The command line brings it along.
 */
function mathjsParse(text: string): MathNode {
  parser ??= loadParser();
  return parser(text);
}

function loadParser(): Parser {
  try {
    return (createRequire(import.meta.url)("mathjs/number") as { readonly parse: Parser }).parse;
  } catch (cause) {
    throw new PavlovError("An expression that combines rewards is read by mathjs, which is not installed.", {
      hint: "Run: npm install mathjs",
      cause,
    });
  }
}

/**
 * The tree of `text`, whose operands may be `names`.
 *
 * @throws PavlovError with the position of what is not allowed, and the nearest known name of one that is unknown.
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
  const fail = (problem: string, at: number | undefined, hint?: string): never => {
    const where = at === undefined ? "" : ` at character ${at + 1}`;
    const shown = text.length > 120 ? `${text.slice(0, 117)}...` : text;
    throw new PavlovError(`In the expression "${shown}"${where}: ${problem}`, { hint });
  };
  if (text.trim() === "") fail("it is empty.", undefined);
  if (text.length > longest) {
    throw new PavlovError(`The combine expression has ${text.length} characters; at most ${longest} are allowed.`);
  }
  // mathjs would silently drop what follows a "#", and would take several lines for several expressions.
  const refused = text.search(/[#;]/);
  if (refused >= 0) fail(`"${text[refused]}" is not allowed: write one expression.`, refused);
  let root: MathNode;
  try {
    root = mathjsParse(text.replace(/\s/g, " "));
  } catch (thrown) {
    if (PavlovError.isInstance(thrown)) throw thrown;
    if (thrown instanceof RangeError) return fail("it is nested too deeply.", undefined);
    const { char } = thrown as { readonly char?: number };
    const problem = errorMessage(thrown).replace(/ \(char \d+\)$/, "");
    return fail(`${problem}.`, char === undefined ? undefined : char - 1);
  }
  return walk(root);

  function walk(node: MathNode): Expression {
    switch (node.type) {
      case "ParenthesisNode":
        return walk((node as ParenthesisNode).content);
      case "ConstantNode":
        return constant((node as ConstantNode<number>).value);
      case "SymbolNode":
        return reward((node as SymbolNode).name);
      case "OperatorNode":
        return operator(node as OperatorNode);
      case "RelationalNode":
        return chain(node as RelationalNode);
      case "FunctionNode":
        return call(node as FunctionNode);
      case "ConditionalNode": {
        const { condition, trueExpr, falseExpr } = node as ConditionalNode;
        return { kind: "condition", test: walk(condition), whenTrue: walk(trueExpr), whenFalse: walk(falseExpr) };
      }
      default: {
        const { what, sign } = refusals[node.type] ?? { what: `${node.type} nodes`, sign: node.toString() };
        return fail(`${what} are not allowed.`, find(sign), allowed);
      }
    }
  }

  function constant(value: unknown): Expression {
    if (typeof value === "number" && Number.isFinite(value)) return { kind: "number", value };
    const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
    return fail(`${shown} is not allowed: constants are finite numbers.`, find(shown) ?? find(String(value)));
  }

  function reward(name: string): Expression {
    if (names.includes(name)) return { kind: "reward", name };
    const near = nearest(name, names);
    const isFunction = name === "default" || (functionNames as readonly string[]).includes(name);
    return fail(
      isFunction
        ? `"${name}" is a function: write ${name}(...).`
        : `"${name}" is not a reward here.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
      findName(name),
      `The rewards are ${names.join(", ")}.`,
    );
  }

  function operator(node: OperatorNode): Expression {
    const { fn, op, args } = node as unknown as OperatorNode<"+", "add", MathNode[]>;
    const { implicit, isPercentage } = node as unknown as { readonly implicit: boolean; isPercentage?: boolean };
    if (implicit) {
      const product = args.map((side) => side.toString()).join(" * ");
      return fail(`a sign is missing between two values: write ${product}.`, findProduct(args));
    }
    const operation = isPercentage ? undefined : operators[fn];
    if (operation === undefined) {
      const sign = isPercentage ? "%" : op;
      return fail(`the operator "${sign}" is not allowed.`, find(sign), allowed);
    }
    const operands = args.map(walk);
    return operation === "identity" ? (operands[0] as Expression) : { kind: "operation", operation, operands };
  }

  /** `0 < x < 1` means `0 < x and x < 1`. */
  function chain(node: RelationalNode): Expression {
    const { conditionals, params } = node as RelationalNode & { readonly conditionals: readonly string[] };
    const values = params.map(walk);
    const pairs = conditionals.map((name, index): Expression => {
      const operation = operators[name] as OperationName;
      return { kind: "operation", operation, operands: values.slice(index, index + 2) };
    });
    return pairs.reduce((left, right) => ({ kind: "operation", operation: "and", operands: [left, right] }));
  }

  function call(node: FunctionNode): Expression {
    const { name } = node.fn as unknown as { readonly name?: string };
    const known = [...functionNames, "default"];
    if (name === undefined || !known.includes(name)) {
      const shown = name ?? node.fn.toString();
      if (names.includes(shown)) {
        return fail(`"${shown}" is a reward, not a function: write ${shown} * (...).`, findName(shown));
      }
      const near = nearest(shown, known);
      const question = near === undefined ? "" : ` Did you mean "${near}"?`;
      return fail(`the function "${shown}" is not allowed.${question}`, findName(shown), allowed);
    }
    const wanted = name === "default" ? 2 : operations[name as OperationName].operands;
    const given = node.args.length;
    if (wanted === "many" ? given === 0 : given !== wanted) {
      const need = wanted === "many" ? "at least 1 value" : `${wanted} value${wanted === 1 ? "" : "s"}`;
      return fail(`${name} takes ${need}, not ${given}.`, findName(name));
    }
    const operands = node.args.map(walk);
    return name === "default"
      ? { kind: "default", operand: operands[0] as Expression, fallback: operands[1] as Expression }
      : { kind: "operation", operation: name as OperationName, operands };
  }

  // mathjs keeps no positions in its tree: a fragment is looked up in the text, where its first place is the culprit's.
  function find(fragment: string): number | undefined {
    const at = text.indexOf(fragment);
    return at < 0 ? undefined : at;
  }

  function findName(name: string): number | undefined {
    const at = text.search(new RegExp(`(?<![\\w.])${name.replace(/\W/g, "\\$&")}(?!\\w)`));
    return at < 0 ? find(name) : at;
  }

  /** Where the right side of a product without a sign starts. */
  function findProduct(sides: readonly MathNode[]): number | undefined {
    const [left, right] = sides.map((side) => side.toString().replace(/\W/g, "\\$&"));
    const found = new RegExp(`${left}\\)*\\s*(?=\\(*${right})`).exec(text);
    return found === null ? undefined : found.index + found[0].length;
  }
}

const allowed =
  "Allowed are numbers, reward names, + - * / ^, comparisons, and, or, not, ? :, " +
  `${functionNames.join(", ")} and default(x, value).`;

const refusals: Readonly<Record<string, { readonly what: string; readonly sign: string }>> = {
  AssignmentNode: { what: "assignments", sign: "=" },
  FunctionAssignmentNode: { what: "function definitions", sign: "=" },
  AccessorNode: { what: "properties and indices", sign: "." },
  IndexNode: { what: "indices", sign: "[" },
  ArrayNode: { what: "lists", sign: "[" },
  ObjectNode: { what: "objects", sign: "{" },
  RangeNode: { what: "ranges", sign: ":" },
  BlockNode: { what: "several expressions", sign: ";" },
};
