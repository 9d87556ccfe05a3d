/** Compiles a `combine` expression to a function of raw scores, with abstentions carried through. */
import { PavlovError } from "../error.js";
import type { Range, Score } from "../reward.js";
import { namesOf, type Expression } from "./expression.js";
import { hull, toInterval, toRange, type Interval } from "./interval.js";
import { operations } from "./operations.js";
import { parseExpression } from "./parse-expression.js";

/** Scores by reward name. A name that is not there abstains. */
export type NamedScores = Readonly<Record<string, Score>>;

export interface CombineExpression {
  readonly text: string;
  /** The rewards that it names. */
  readonly names: readonly string[];
  /**
   * The total. Null when an operand abstains that no `default` guards; the branch of `? :` that is not taken is not
   * an operand.
   *
   * @throws PavlovError with the operands' values when the result is not a finite number.
   */
  evaluate(scores: NamedScores): Score;
  /** Where the total can lie, given where each reward's score can; by interval arithmetic. */
  range(ranges: Readonly<Record<string, Range>>): Range;
}

/** @throws PavlovError with the position of what the allow-list refuses. */
export function compileExpression(text: string, names: readonly string[]): CombineExpression {
  const expression = parseExpression(text, names);
  const used = namesOf(expression);
  const compute = compile(expression);
  return {
    text,
    names: used,
    evaluate(scores) {
      const value = compute(scores);
      if (value === null) return null;
      if (Number.isFinite(value)) return value + 0;
      const operands = used.map((name) => `${name} = ${scoreOf(scores, name)}`).join(", ");
      throw new PavlovError(`The expression "${text}" gave ${value} for ${operands || "no operands"}.`, {
        hint: "Guard it, for example with clamp(x, lowest, highest) or x > 0 ? ... : ...",
      });
    },
    range: (ranges) => toRange(intervalOf(expression, ranges)),
  };
}

/** Own scores only: a reward may be called `valueOf`. */
function scoreOf(scores: NamedScores, name: string): Score {
  return Object.hasOwn(scores, name) ? (scores[name] ?? null) : null;
}

type Compute = (scores: NamedScores) => Score;

function compile(node: Expression): Compute {
  switch (node.kind) {
    case "number":
      return () => node.value;
    case "reward":
      return (scores) => scoreOf(scores, node.name);
    case "default": {
      const operand = compile(node.operand);
      const fallback = compile(node.fallback);
      return (scores) => operand(scores) ?? fallback(scores);
    }
    case "condition": {
      const test = compile(node.test);
      const whenTrue = compile(node.whenTrue);
      const whenFalse = compile(node.whenFalse);
      return (scores) => {
        const holds = test(scores);
        if (holds === null || Number.isNaN(holds)) return holds;
        return holds === 0 ? whenFalse(scores) : whenTrue(scores);
      };
    }
    case "operation": {
      const operands = node.operands.map(compile);
      const apply = operations[node.operation].compute as (...values: readonly number[]) => number;
      return (scores) => {
        const values: number[] = [];
        let broken = false;
        for (const operand of operands) {
          const value = operand(scores);
          if (value === null) return null;
          broken ||= Number.isNaN(value);
          values.push(value);
        }
        // A comparison, or NaN ^ 0, would hide what is not a number.
        return broken ? NaN : apply(...values);
      };
    }
  }
}

function intervalOf(node: Expression, ranges: Readonly<Record<string, Range>>): Interval {
  const of = (child: Expression): Interval => intervalOf(child, ranges);
  switch (node.kind) {
    case "number":
      return [node.value, node.value];
    case "reward":
      return toInterval(ranges[node.name] ?? [null, null]);
    case "default":
      return hull(of(node.operand), of(node.fallback));
    case "condition":
      return hull(of(node.whenTrue), of(node.whenFalse));
    case "operation": {
      const interval = operations[node.operation].interval as (...operands: readonly Interval[]) => Interval;
      return interval(...node.operands.map(of));
    }
  }
}
