// Which tokens a factor may begin with, after another factor.
import { at, peek, type Reader } from "./reader.js";
import type { Token } from "./tokens.js";

const NOT_A_START = new Set(
  ") ] } \\} , ; : and & \\\\ ^ _ ! ' % * / + - . ? @ # ∪ ∩ ∖ ± ∓ ° circ ⇒ ⌋ ⌉ bmod mod pmod end rangle rvert rVert choose over or lor vee".split(
    " ",
  ),
);

/** Whether a factor may begin with the token, after another factor. */
export function canStart(reader: Reader, token: Token): boolean {
  if (token.type === "relation") return false;
  if (token.type !== "mark") return true;
  if (token.value === "|") return reader.bars === 0 && !reader.builder;
  if (token.value === "(") return !at(reader, "(") || peek(reader, 2)?.value !== "∈";
  if (token.value === "[") return !reader.reversed;
  return !NOT_A_START.has(token.value);
}
