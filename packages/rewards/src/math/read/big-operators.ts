// Sums, products, integrals and limits with their bounds.
import { call, integer, mapParts, type Node, NOTHING, symbol } from "./nodes.js";
import { name as nameOf } from "./print.js";
import { bracketStep, expect, nested, readScripts, type Reader, take, unreadable } from "./reader.js";
import { symbolToken } from "./tokens.js";

/** A letter that names a function. */
const FUNCTION = /^[A-Za-z](?:_.*)?'*$/;

const big = (name: string, variable: string, body: Node, from = NOTHING, to = NOTHING): Node => ({
  kind: "big",
  name,
  variable,
  parts: [body, from, to],
});

/** After \sum, \prod, \int or \lim. */
export function readBig(reader: Reader, command: "sum" | "prod" | "int" | "lim"): Node {
  const [below, above] = readScripts(reader, command === "int" ? reader.grammar.script : readBound);
  if (command === "int") return readIntegral(reader, below, above);
  const body = nested(reader, () => reader.grammar.product(reader));
  if (command === "lim") {
    const [variable, target] = below?.kind === "relation" ? below.parts : [];
    if (variable?.kind !== "symbol" || target === undefined) return unreadable(reader, "the limit has no variable");
    // The limit of an unknown function is its value there.
    const [argument, other] = body.parts;
    if (body.kind === "call" && argument?.name === variable.name && !other && FUNCTION.test(body.name))
      return call(body.name, target);
    return big(command, variable.name, body, NOTHING, target);
  }
  const [variable, from] = below?.kind === "relation" ? below.parts : [];
  if (variable === undefined || from === undefined || (variable.kind !== "symbol" && variable.name !== "i")) {
    return call(`${command} over ${below ? nameOf(below) : ""} ${above ? nameOf(above) : ""}`, body);
  }
  // The index i is no imaginary unit.
  return big(command, variable.name, variable.kind === "constant" ? renameUnit(body) : body, from, above);
}

function readBound(reader: Reader): Node {
  if (!take(reader, "{")) return reader.grammar.script(reader);
  const { builder } = reader;
  reader.builder = false;
  const statement = nested(reader, () => reader.grammar.statement(reader));
  reader.builder = builder;
  expect(reader, "}");
  return statement;
}

function renameUnit(node: Node): Node {
  return node.kind === "constant" && node.name === "i" ? symbol("i") : mapParts(node, renameUnit);
}

/** Up to dx, which gives the variable. */
function readIntegral(reader: Reader, from: Node | undefined, to: Node | undefined): Node {
  const { tokens, position: start } = reader;
  const end = findDifferential(reader);
  const inner: Reader = { ...reader, tokens: tokens.slice(start, end), position: 0 };
  const body = end === start ? integer(1) : nested(inner, () => reader.grammar.sum(inner));
  if (inner.position < end - start) return unreadable(inner);
  reader.position = end + 2;
  return big("int", tokens[end + 1]?.value ?? "", body, from, to);
}

/** The place of d x, outside brackets and inner integrals; words that end in dx are taken apart. */
function findDifferential(reader: Reader): number {
  const { tokens } = reader;
  let [brackets, integrals] = [0, 0];
  for (let place = reader.position; ; place++) {
    const word = tokens[place]?.value ?? "";
    if (/^(?:word|text)$/.test(tokens[place]?.type ?? "") && /^[A-Za-z]?d[A-Za-z]$/.test(word))
      tokens.splice(place, 1, ...Array.from(word, symbolToken));
    const [token, next] = [tokens[place], tokens[place + 1]];
    brackets += token ? bracketStep(token) : -Infinity;
    if (token === undefined || brackets < 0) return unreadable(reader, "the integral has no differential");
    if (token.type === "mark" && token.value === "int") integrals++;
    const isHere = token.type === "symbol" && token.value === "d" && next?.type === "symbol" && brackets === 0;
    if (isHere && integrals-- === 0) return place;
  }
}
