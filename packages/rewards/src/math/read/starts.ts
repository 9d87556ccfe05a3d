// Which tokens a factor may begin with, after another factor.
import type { Reader } from "./reader.js";
import type { Token } from "./tokens.js";

const NOT_A_START = new Set(
  (
    ") ] } \\} , ; : and & \\\\ ^ _ ! ' % * / + - . ? @ # cup cap setminus backslash times cdot cdotp ast div pm mp bmod " +
    "mod pmod end mid rfloor rceil rangle rbrace rbrack rvert rVert choose degree circ prime Rightarrow implies " +
    "Leftrightarrow iff therefore Longrightarrow over land wedge lor vee colon"
  ).split(" "),
);

/** Whether a factor may begin with the token, after another factor. */
export function canStart(reader: Reader, token: Token): boolean {
  if (token.type === "relation") return false;
  if (token.type !== "mark" && token.type !== "command") return true;
  if (token.value === "|") return reader.bars === 0 && !reader.builder;
  if (token.value === "[") return !reader.reversed;
  return !NOT_A_START.has(token.value);
}
