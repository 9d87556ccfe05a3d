/**
 * Operators composed of others, for providers that have no kernel for them (see onnxruntime/providers.ts). Each gives
 * what ONNX says of the operator in its name.
 */
import type { DType } from "../../engine.js";
import type { Graph } from "../graph.js";

const [float, int] = [1, 6];

/** Half to even: floor(x + 1/2), and one less where that is odd and x lay halfway. */
export function round(graph: Graph, x: string): string {
  const [half, one, two] = [0.5, 1, 2].map((value) => graph.scalar(value, "float32")) as [string, string, string];
  const up = graph.emit("Floor", [graph.emit("Add", [x, half])]);
  const isHalfway = graph.emit("Equal", [graph.emit("Sub", [up, x]), half]);
  const evenBelow = graph.emit("Mul", [graph.emit("Floor", [graph.emit("Div", [up, two])]), two]);
  const isOdd = graph.emit("Greater", [up, evenBelow]);
  return graph.emit("Where", [graph.emit("And", [isHalfway, isOdd]), graph.emit("Sub", [up, one]), up]);
}

export function sign(graph: Graph, x: string, dtype: DType): string {
  const zero = graph.scalar(0, dtype);
  const truth = (operator: string) => graph.emit("Cast", [graph.emit(operator, [x, zero])], { to: float });
  const result = graph.emit("Sub", [truth("Greater"), truth("Less")]);
  return dtype === "float32" ? result : graph.emit("Cast", [result], { to: int });
}

export function or(graph: Graph, a: string, b: string): string {
  return graph.emit("Not", [graph.emit("And", [graph.emit("Not", [a]), graph.emit("Not", [b])])]);
}

export function negateInteger(graph: Graph, x: string): string {
  return graph.emit("Sub", [graph.scalar(0, "int32"), x]);
}

export function absoluteInteger(graph: Graph, x: string): string {
  const isNegative = graph.emit("Less", [x, graph.scalar(0, "int32")]);
  return graph.emit("Where", [isNegative, negateInteger(graph, x), x]);
}

/** The sign is the divisor's. Division rounds towards zero. */
export function modInteger(graph: Graph, a: string, b: string): string {
  const zero = graph.scalar(0, "int32");
  const rest = graph.emit("Sub", [a, graph.emit("Mul", [graph.emit("Div", [a, b]), b])]);
  const isNegative = (x: string) => graph.emit("Cast", [graph.emit("Less", [x, zero])], { to: int });
  const differ = graph.emit("Equal", [graph.emit("Add", [isNegative(rest), isNegative(b)]), graph.scalar(1, "int32")]);
  const isWhole = graph.emit("Equal", [rest, zero]);
  const needsTurn = graph.emit("And", [differ, graph.emit("Not", [isWhole])]);
  return graph.emit("Where", [needsTurn, graph.emit("Add", [rest, b]), rest]);
}

/** 0, 1, 2 … as float32, `[size]`; exact below 2^24. */
function counting(graph: Graph, size: number): string {
  const ends = [graph.scalar(0, "int32"), graph.sizeScalar(size, "int32"), graph.scalar(1, "int32")];
  const range = graph.isSymbolic(size)
    ? graph.emit("Range", ends)
    : graph.constant(
        Array.from({ length: size }, (_, index) => index),
        [size],
        "int32",
      );
  return graph.emit("Cast", [range], { to: float });
}

/** The first position of the largest (`ReduceMax`) or smallest element along an axis, which is left out: int32. */
export function position(
  graph: Graph,
  x: string,
  shape: readonly number[],
  axis: number,
  extreme: "ReduceMax" | "ReduceMin",
): string {
  const size = shape[axis] as number;
  const axes = graph.integers([axis]);
  const best = graph.emit(extreme, [x, axes], { keepdims: 1 });
  const places = shape.map((_, other) => (other === axis ? size : 1));
  const numbers = graph.emit("Reshape", [counting(graph, size), graph.shapeVector(places)]);
  // Beyond the last where nothing equals the best, which is then no number.
  const found = graph.emit("Where", [graph.emit("Equal", [x, best]), numbers, graph.sizeScalar(size, "float32")]);
  return graph.emit("Cast", [graph.emit("ReduceMin", [found, axes], { keepdims: 0 })], { to: int });
}

/**
 * The `count` largest elements of the last axis, descending, and their int32 positions; equal ones in their order. By
 * counting for each element those before it, in memory of size² elements for each row.
 */
export function largest(graph: Graph, x: string, shape: readonly number[], count: number): [string, string] {
  const [size, rank] = [shape.at(-1) as number, shape.length];
  const [column, row] = [
    graph.emit("Unsqueeze", [x, graph.integers([rank])]),
    graph.emit("Unsqueeze", [x, graph.integers([rank - 1])]),
  ];
  const places = counting(graph, size);
  const earlier = graph.emit("Less", [places, graph.emit("Unsqueeze", [places, graph.integers([1])])]);
  const isTied = graph.emit("And", [graph.emit("Equal", [row, column]), earlier]);
  const isBefore = or(graph, graph.emit("Greater", [row, column]), isTied);
  const ranks = graph.emit("ReduceSum", [graph.emit("Cast", [isBefore], { to: float }), graph.integers([rank])], {
    keepdims: 0,
  });
  const wanted = graph.emit("Unsqueeze", [counting(graph, count), graph.integers([1])]);
  const isIt = graph.emit("Equal", [graph.emit("Unsqueeze", [ranks, graph.integers([rank - 1])]), wanted]);
  const pick = (of: string) => {
    const chosen = graph.emit("Where", [isIt, of, graph.scalar(Number.NEGATIVE_INFINITY, "float32")]);
    return graph.emit("ReduceMax", [chosen, graph.integers([rank])], { keepdims: 0 });
  };
  return [pick(row), graph.emit("Cast", [pick(places)], { to: int })];
}

/** π/2 in three parts of few bits, so that a whole multiple of the first two is exact (Cody and Waite, 1980). */
const halfTurn = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const;

/** Minimax polynomials on [-π/4, π/4] in powers of r², highest first (Moshier's Cephes, single precision). */
const sineFactors = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1] as const;
const cosineFactors = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2] as const;

/**
 * Sine (`quarters` 0) or cosine (1) of float32 angles to about a unit in the last place, up to some hundred thousand
 * radians. What shaders have may be wrong by 2⁻¹¹ even near zero (Vulkan, Precision of GLSL.std.450 Instructions), which
 * rotary positions do not bear.
 */
export function sine(graph: Graph, x: string, quarters: 0 | 1): string {
  const number = (value: number): string => graph.scalar(value, "float32");
  const multiply = (a: string, b: string): string => graph.emit("Mul", [a, b]);
  const plus = (a: string, b: string): string => graph.emit("Add", [a, b]);
  const turns = graph.emit("Floor", [plus(multiply(x, number(2 / Math.PI)), number(0.5))]);
  const r = halfTurn.reduce((rest, part) => graph.emit("Sub", [rest, multiply(turns, number(part))]), x);
  const square = multiply(r, r);
  const polynomial = (factors: readonly number[]): string =>
    factors.slice(1).reduce((sum, factor) => plus(multiply(sum, square), number(factor)), number(factors[0] as number));
  const odd = plus(r, multiply(multiply(r, square), polynomial(sineFactors)));
  const halved = graph.emit("Sub", [number(1), multiply(square, number(0.5))]);
  const even = plus(halved, multiply(multiply(square, square), polynomial(cosineFactors)));
  // The quadrant, 0 … 3, decides which of the two it is, and the sign.
  const quadrant = plus(turns, number(quarters));
  const rest = (value: string, divisor: number): string => {
    const whole = graph.emit("Floor", [multiply(value, number(1 / divisor))]);
    return graph.emit("Sub", [value, multiply(whole, number(divisor))]);
  };
  const isOdd = graph.emit("Greater", [rest(quadrant, 2), number(0.5)]);
  const isNegative = graph.emit("Greater", [rest(quadrant, 4), number(1.5)]);
  const value = graph.emit("Where", [isOdd, even, odd]);
  return graph.emit("Where", [isNegative, graph.emit("Neg", [value]), value]);
}
