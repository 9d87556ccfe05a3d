// The two engines a pattern may run on: RE2 in linear time, and JavaScript's own under a time limit.
import { createContext, Script } from "node:vm";
import { PavlovError } from "@pavlov/core";
import { RE2JS } from "re2js";
import { quote } from "../quote.js";
import { fromPythonPattern } from "./python-pattern.js";

/** What a pattern is and how it is to be run. */
export interface PatternSettings {
  readonly pattern: string;
  /** Any of i, m and s. */
  readonly flags: string;
  readonly match: "anywhere" | "start" | "whole";
  readonly engine: "re2" | "v8";
  /** Milliseconds that the v8 engine has for one text. */
  readonly timeLimit: number;
}

/** True when the text matches. */
export type Matcher = (text: string) => boolean;

/**
 * Compiles a pattern.
 *
 * @throws PavlovError when the engine does not accept the pattern.
 */
export function createMatcher(settings: PatternSettings): Matcher {
  return settings.engine === "re2" ? createLinearMatcher(settings) : createBacktrackingMatcher(settings);
}

function createLinearMatcher({ pattern, flags, match }: PatternSettings): Matcher {
  const translated = fromPythonPattern(pattern, flags.includes("m"));
  const anchored = match === "anywhere" ? translated : String.raw`\A(?:${translated})${match === "whole" ? "\\z" : ""}`;
  let bits = 0;
  if (flags.includes("i")) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes("m")) bits |= RE2JS.MULTILINE;
  if (flags.includes("s")) bits |= RE2JS.DOTALL;
  try {
    // The pattern on its own first: inside a group, a stray parenthesis could close the group.
    RE2JS.compile(translated, bits);
    const expression = RE2JS.compile(anchored, bits);
    return (text) => expression.test(text);
  } catch (cause) {
    throw refusal(pattern, cause);
  }
}

function refusal(pattern: string, cause: unknown): PavlovError {
  const feature = onlyBacktracking.find(({ sign }) => sign.test(pattern))?.name;
  if (feature === undefined) {
    const problem = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, "") : String(cause);
    return new PavlovError(`The pattern ${quote(pattern)} is not valid: ${problem}.`, { cause });
  }
  return new PavlovError(
    `The pattern ${quote(pattern)} uses ${feature}, which the linear-time engine (RE2) does not have: ` +
      'rewrite it without, or set engine: "v8" to run it on JavaScript\'s own engine under a time limit.',
    { cause },
  );
}

const onlyBacktracking = [
  { name: "lookaround", sign: /\(\?<?[=!]/ },
  { name: "a back-reference", sign: /\\[1-9]|\\k<|\(\?P=/ },
  { name: "an atomic group", sign: /\(\?>/ },
];

function createBacktrackingMatcher({ pattern, flags, match, timeLimit }: PatternSettings): Matcher {
  // Whole-text anchors that no flag changes.
  const start = match === "anywhere" ? "" : String.raw`(?<![\s\S])`;
  const end = match === "whole" ? String.raw`(?![\s\S])` : "";
  let expression: RegExp;
  try {
    void new RegExp(pattern, `${flags}u`);
    expression = new RegExp(`${start}(?:${pattern})${end}`, `${flags}u`);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new PavlovError(`The pattern ${quote(pattern)} is not valid: ${problem}.`, { cause });
  }
  // V8 stops a regular expression in a script that is past its time limit; nothing else does on the same thread.
  const sandbox = createContext({ matches: (text: string) => expression.test(text), text: "" });
  const script = new Script("matches(text)");
  return (text) => {
    sandbox["text"] = text;
    try {
      return script.runInContext(sandbox, { timeout: timeLimit }) === true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
      throw new PavlovError(
        `The pattern ${quote(pattern)} took over ${timeLimit} ms on a completion of ${text.length} characters: ` +
          'simplify it, raise timeLimit, or use engine: "re2", which is never slow.',
        { cause },
      );
    }
  };
}
