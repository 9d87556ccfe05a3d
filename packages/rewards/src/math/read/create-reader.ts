// Puts the grammar's parts together.
import { readPostfix, readProduct, readScript, readSum } from "./expression.js";
import { readElements, readStatement } from "./lists.js";
import { readArgument, readPrimary } from "./primary.js";
import type { Grammar, ReadOptions, Reader } from "./reader.js";
import type { Token } from "./tokens.js";

const grammar: Grammar = {
  elements: readElements,
  statement: readStatement,
  sum: readSum,
  product: readProduct,
  postfix: readPostfix,
  script: readScript,
  primary: readPrimary,
  argument: readArgument,
};

/** A reader at the beginning of the tokens. */
export function createReader(tokens: readonly Token[], options: ReadOptions): Reader {
  return {
    grammar,
    tokens: [...tokens],
    options,
    hasListComma: tokens.some(({ value }, index) => value === "," && tokens[index + 1]?.space === true),
    position: 0,
    depth: 0,
    brackets: 0,
    bars: 0,
    reversed: false,
    builder: false,
    sawDegrees: false,
    sawProse: false,
    connective: "",
    sawThousands: false,
    units: [],
  };
}
