/** The allow-list of `combine` expressions as one table: how to compute each operation, and where its value can lie. */
import {
  absolute,
  add,
  divide,
  maximum,
  minimum,
  multiply,
  negate,
  power,
  rising,
  truth,
  type Interval,
} from "./interval.js";

interface Unary {
  readonly operands: 1;
  readonly compute: (x: number) => number;
  readonly interval: (x: Interval) => Interval;
}
interface Binary {
  readonly operands: 2;
  readonly compute: (x: number, y: number) => number;
  readonly interval: (x: Interval, y: Interval) => Interval;
}
interface Ternary {
  readonly operands: 3;
  readonly compute: (x: number, y: number, z: number) => number;
  readonly interval: (x: Interval, y: Interval, z: Interval) => Interval;
}
/** One operand or more. */
interface Variadic {
  readonly operands: "many";
  readonly compute: (...values: readonly number[]) => number;
  readonly interval: (...intervals: readonly Interval[]) => Interval;
}
export type Operation = Unary | Binary | Ternary | Variadic;

const unary = (compute: Unary["compute"], interval: Unary["interval"]): Unary => ({ operands: 1, compute, interval });
const binary = (compute: Binary["compute"], interval: Binary["interval"]): Binary => ({
  operands: 2,
  compute,
  interval,
});
/** Comparisons are exact, as in JavaScript, and give 1 or 0. */
const test = (holds: (x: number, y: number) => boolean): Binary =>
  binary(
    (x, y) => (holds(x, y) ? 1 : 0),
    () => truth,
  );

const table = {
  add: binary((x, y) => x + y, add),
  subtract: binary(
    (x, y) => x - y,
    (x, y) => add(x, negate(y)),
  ),
  multiply: binary((x, y) => x * y, multiply),
  divide: binary((x, y) => x / y, divide),
  power: binary((x, y) => x ** y, power),
  negate: unary((x) => -x, negate),
  equal: test((x, y) => x === y),
  unequal: test((x, y) => x !== y),
  less: test((x, y) => x < y),
  lessOrEqual: test((x, y) => x <= y),
  greater: test((x, y) => x > y),
  greaterOrEqual: test((x, y) => x >= y),
  and: test((x, y) => x !== 0 && y !== 0),
  or: test((x, y) => x !== 0 || y !== 0),
  not: unary(
    (x) => (x === 0 ? 1 : 0),
    () => truth,
  ),
  min: { operands: "many", compute: Math.min, interval: minimum },
  max: { operands: "many", compute: Math.max, interval: maximum },
  abs: unary(Math.abs, absolute),
  exp: unary(Math.exp, (x) => rising(x, Math.exp)),
  log: unary(Math.log, (x) => rising(x, Math.log)),
  sqrt: unary(Math.sqrt, (x) => rising([Math.max(x[0], 0), Math.max(x[1], 0)], Math.sqrt)),
  /** clamp(x, lowest, highest) */
  clamp: {
    operands: 3,
    compute: (x, low, high) => Math.min(Math.max(x, low), high),
    interval: (x, low, high) => minimum(maximum(x, low), high),
  },
} satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof table;

export const operations: Readonly<Record<OperationName, Operation>> = table;

/** What may be called by name; `default(x, value)` is the one other. */
export const functionNames = ["min", "max", "abs", "exp", "log", "sqrt", "clamp"] as const satisfies OperationName[];

/** mathjs's names of the infix and prefix operators that are allowed, and what they are here. */
export const operators: Readonly<Record<string, OperationName | "identity">> = {
  add: "add",
  subtract: "subtract",
  multiply: "multiply",
  divide: "divide",
  pow: "power",
  unaryMinus: "negate",
  unaryPlus: "identity",
  equal: "equal",
  unequal: "unequal",
  smaller: "less",
  smallerEq: "lessOrEqual",
  larger: "greater",
  largerEq: "greaterOrEqual",
  and: "and",
  or: "or",
  not: "not",
};
