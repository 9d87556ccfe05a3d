/** Parses a `combine` expression and looks its names up: nothing but the allow-list comes through. */
import { PavlovError } from "../error.js";
import { nearest } from "../nearest-name.js";
import type { Expression } from "./expression.js";
import { functionNames, operations, signs, type OperationName } from "./operations.js";
import { parseSyntax, type Syntax } from "./syntax.js";
import type { Token } from "./tokens.js";

const longest = 2000;

/** Words that are values elsewhere and none here. */
const constants = ["true", "false", "null", "undefined", "NaN", "Infinity"];

/** Words of the expression language; a reward of such a name cannot be an operand. */
export const reservedWords: readonly string[] = [
  ...["and", "or", "not", "xor", "mod", "to", "in", "end"],
  ...constants,
];

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
  const refused = text.search(/[#;]/);
  if (refused >= 0) fail(`"${text[refused]}" is not allowed: write one expression.`, refused);
  return resolve(parseSyntax(text, (problem, at) => fail(problem, at, allowed)));

  function resolve(node: Syntax): Expression {
    switch (node.kind) {
      case "number":
        return constant(node.token);
      case "text":
        return notFinite(node.token, node.token.text);
      case "name":
        return reward(node.token);
      case "call":
        return call(node.token, node.values);
      case "prefix": {
        const operand = resolve(node.operand);
        if (node.token.text === "+") return operand;
        return operation(node.token.text === "-" ? "negate" : "not", [operand]);
      }
      case "infix":
        return operation(signs[node.token.text] as OperationName, [resolve(node.left), resolve(node.right)]);
      case "comparison":
        return chain(node.signs, node.values.map(resolve));
      case "condition": {
        const { test, whenTrue, whenFalse } = node;
        return {
          kind: "condition",
          test: resolve(test),
          whenTrue: resolve(whenTrue),
          whenFalse: resolve(whenFalse),
        };
      }
    }
  }

  function constant(token: Token): Expression {
    const value = Number(token.text);
    return Number.isFinite(value) ? { kind: "number", value } : notFinite(token, String(value));
  }

  function notFinite({ at }: Token, shown: string): never {
    return fail(`${shown} is not allowed: constants are finite numbers.`, at);
  }

  function reward(token: Token): Expression {
    const { text: name, at } = token;
    if (constants.includes(name)) return notFinite(token, name);
    if (names.includes(name)) return { kind: "reward", name };
    const near = nearest(name, names);
    const isFunction = name === "default" || (functionNames as readonly string[]).includes(name);
    return fail(
      isFunction
        ? `"${name}" is a function: write ${name}(...).`
        : `"${name}" is not a reward here.${near === undefined ? "" : ` Did you mean "${near}"?`}`,
      at,
      `The rewards are ${names.join(", ")}.`,
    );
  }

  /** `0 < x < 1` means `0 < x and x < 1`. */
  function chain(comparisons: readonly Token[], values: readonly Expression[]): Expression {
    const pairs = comparisons.map((sign, index) =>
      operation(signs[sign.text] as OperationName, values.slice(index, index + 2)),
    );
    return pairs.reduce((left, right) => operation("and", [left, right]));
  }

  function call({ text: name, at }: Token, values: readonly Syntax[]): Expression {
    const known = [...functionNames, "default"];
    if (!known.includes(name)) {
      if (names.includes(name)) {
        return fail(`"${name}" is a reward, not a function: write ${name} * (...).`, at);
      }
      const near = nearest(name, known);
      const question = near === undefined ? "" : ` Did you mean "${near}"?`;
      return fail(`the function "${name}" is not allowed.${question}`, at, allowed);
    }
    const wanted = name === "default" ? 2 : operations[name as OperationName].operands;
    const given = values.length;
    if (wanted === "many" ? given === 0 : given !== wanted) {
      const need = wanted === "many" ? "at least 1 value" : `${wanted} value${wanted === 1 ? "" : "s"}`;
      return fail(`${name} takes ${need}, not ${given}.`, at);
    }
    const operands = values.map(resolve);
    return name === "default"
      ? { kind: "default", operand: operands[0] as Expression, fallback: operands[1] as Expression }
      : operation(name as OperationName, operands);
  }
}

const operation = (name: OperationName, operands: readonly Expression[]): Expression => ({
  kind: "operation",
  operation: name,
  operands,
});

const allowed =
  "Allowed are numbers, reward names, + - * / ^, comparisons, and, or, not, ? :, " +
  `${functionNames.join(", ")} and default(x, value).`;
