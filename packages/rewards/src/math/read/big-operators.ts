// Sums, products, integrals and limits with their bounds.
import { call, integer, mapParts, type Node, NOTHING, symbol } from "./nodes.js";
import { name as nameOf } from "./print.js";
import { bracketStep, nested, readScripts, type Reader, take, unreadable } from "./reader.js";
import { symbolToken, type Token } from "./tokens.js";

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
  if (!take(reader, "}")) return unreadable(reader, '"}" is missing');
  return statement;
}

function renameUnit(node: Node): Node {
  return node.kind === "constant" && node.name === "i" ? symbol("i") : mapParts(node, renameUnit);
}

/** Up to dx, which gives the variable. */
function readIntegral(reader: Reader, from: Node | undefined, to: Node | undefined): Node {
  const start = reader.position;
  const end = findDifferential(reader);
  if (end === undefined) return unreadable(reader, "the integral has no differential");
  const { variable, length, fused } = end;
  const outer = reader.tokens;
  const inner: Token[] = outer.slice(start, end.position);
  if (fused !== undefined) inner.push(symbolToken(fused));
  let body: Node;
  if (inner.length === 0) body = integer(1);
  else {
    const sub: Reader = { ...reader, tokens: inner, position: 0 };
    body = reader.grammar.sum(sub);
    if (sub.position < inner.length) return unreadable(sub);
  }
  reader.position = end.position + length;
  return big("int", variable, body, from, to);
}

/** The place of the differential: d x, or the word dx, or a word that ends in dx. */
function findDifferential(
  reader: Reader,
):
  | { readonly position: number; readonly variable: string; readonly length: number; readonly fused?: string }
  | undefined {
  let depth = 0;
  for (let position = reader.position; position < reader.tokens.length; position++) {
    const token = reader.tokens[position];
    if (token === undefined) return undefined;
    depth += bracketStep(token);
    if (depth < 0) return undefined;
    const next = reader.tokens[position + 1];
    if (token.type === "symbol" && token.value === "d" && next?.type === "symbol" && depth === 0) {
      return { position, variable: next.value, length: 2 };
    }
    const word = token.type === "word" || token.type === "text" ? /^([A-Za-z]?)d([A-Za-z])$/.exec(token.value) : null;
    if (word && depth === 0) {
      const [, before, variable = ""] = word;
      return { position, variable, length: 1, ...(before && { fused: before }) };
    }
  }
  return undefined;
}
