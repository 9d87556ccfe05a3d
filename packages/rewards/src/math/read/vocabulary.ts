// The words of LaTeX and of plain mathematical text that the reader knows.
const words = (text: string): string[] => text.split(" ");

/** What each of several words stands for; a meaning also stands for itself. */
export const byWord = (meanings: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(meanings).flatMap(([meaning, list]) =>
      words(`${meaning} ${list}`).map((word): [string, string] => [word, meaning]),
    ),
  );

/** Signs between the sides of a relation, by the commands and other signs that stand for them; the first is printed. */
const RELATIONS = {
  "≤": "leq le leqslant leqq ⩽ <=",
  "≥": "geq ge geqslant geqq ⩾ >=",
  "<": "lt",
  ">": "gt",
  "≠": "neq ne !=",
  "≈": "approx approxeq thickapprox simeq sim propto",
  "=": "doteq triangleq coloneqq := == ~=",
  "≡": "equiv cong",
  "∈": "in",
  "∉": "notin",
  "⊂": "subset subseteq",
  "→": "to rightarrow longrightarrow mapsto",
  "∥": "parallel",
  "⊥": "perp",
};

/** Operators, brackets and separators, likewise. */
const MARKS = {
  "*": "times cdot ast cdotp × · ∙ ⋅",
  "/": "div ÷ ∕ ⁄",
  "-": "− – —",
  "^": "**",
  ":": "colon",
  "[": "lbrack",
  "]": "rbrack",
  "\\{": "lbrace",
  "\\}": "rbrace",
  "|": "vert mid ∣",
  "'": "prime ’ ′",
  and: "land wedge",
  "\\\\": "cr",
  "⇒": "Rightarrow implies therefore Leftrightarrow iff Longrightarrow",
  "∪": "cup bigcup",
  "∩": "cap bigcap",
  "∖": "setminus backslash",
  "±": "pm",
  "∓": "mp",
  "∞": "infty",
  "∅": "emptyset varnothing",
  "°": "degree",
  "⌊": "lfloor",
  "⌋": "rfloor",
  "⌈": "lceil",
  "⌉": "rceil",
  ",": "、",
  ".": "。",
  mod: "mod",
  "%": "\\%",
  "…": "dots ldots cdots dotsc dotsb dotsm dotsi dotso",
  frac: "dfrac tfrac cfrac",
  binom: "dbinom tbinom",
  angle: "measuredangle",
  vec: "overrightarrow",
};

/** The relation that a command or other sign stands for. */
export const relationOf = byWord(RELATIONS);
/** The mark that a command or other sign stands for. */
export const markOf = byWord(MARKS);
/** Words of plain text that stand for marks. */
export const markOfWord = byWord({
  pi: "pi",
  circ: "circ",
  "∞": "infinity inf infty",
  "%": "percent percentage pct",
  and: "and",
  or: "or",
});

/** The command that prints a sign. */
export const commandOf = (sign: string): string => {
  const [command] = words((RELATIONS as Readonly<Record<string, string>>)[sign] ?? "");
  return command && !/[<=>]/.test(sign) ? `\\${command}` : sign;
};

const FUNCTIONS =
  /^(?:(a(?:rc?)?)?((?:sin|cos|tan|cot|sec|csc)h?)|ln|log|exp|det|tr|rank|arg|Re|Im|gamma|erf|sgn|sqrt|cbrt|min|max|gcd|lcm|mod|floor|ceil|abs|binom|factorial)$/;

/** Other spellings of functions. */
const FUNCTION_ALIASES = byWord({
  tan: "tg",
  cot: "ctg cotg",
  csc: "cosec",
  arctan: "arctg",
  arccot: "arcctg",
  sinh: "sh",
  cosh: "ch",
  tanh: "th",
  log: "lg",
  sgn: "sign signum",
  ceil: "ceiling",
  sqrt: "surd",
});

/** The function that a word names. Of bare letters, some are too few to be sure. */
export function functionOf(word: string, bare: boolean): string | undefined {
  const alias = FUNCTION_ALIASES.get(word);
  if (alias !== undefined) return bare && /^.[gh]$/.test(word) && word !== "lg" ? undefined : alias;
  const found = FUNCTIONS.exec(word);
  return found?.[2] === undefined ? found?.[0] : (found[1] ? "arc" : "") + found[2];
}

/** Whether a function takes a list of arguments in brackets. */
export const takesList = (name: string): boolean =>
  /^(?:min|max|gcd|lcm|mod|floor|ceil|abs|cbrt|binom|factorial)$/.test(name);

/** In the order of Unicode. */
export const GREEK = words(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi " +
    "chi psi omega",
);

const SYMBOLS = new Set([...GREEK, ...words("ell hbar aleph nabla partial wp imath jmath square complement")]);

/** What a sign or command is: a kind of token, or what is to be done with it or its argument. */
export type Role = "relation" | "mark" | "text" | "symbol" | "function" | Handled;
export type Handled = "dropped" | "dropped with argument" | "transparent" | "text to come";

/** Commands that say how something looks and not what it is, and those with such an argument. */
const HANDLED: readonly (readonly [Handled, RegExp])[] = [
  [
    "dropped",
    /^(?:m?left|m?right|middle|[bB]igg?[lrm]?|(?:display|text|(?:script){1,2})style|(?:no)?limits|q?quad|(?:en|thin|med|thick|negthin)space|nonumber|notag|rm|bf|it|sf|tt|cal|boldmath|normalsize|[lL]arge|small|tiny|(?:math)?strut|allowbreak|noindent|centering|hfill|par|newline|(?:small|med|big)skip|null|relax|hline|pounds|euro)$/,
  ],
  ["dropped with argument", /^(?:[hv]space|[hv]?phantom|label|tag|(?:text)?color)$/],
  [
    "transparent",
    /^(?:boxed|f(?:rame)?box|underline|math(?:op|bin|rel|ord|close|open)|smash|ensuremath|b?cancel|pmb)$/,
  ],
  [
    "text to come",
    /^(?:text(?:rm|bf|it|sf|tt|normal|up|sc|md)?|[mh]box|math(?:rm|bf|it|sf|tt|normal|cal|scr|frak)|operatorname|boldsymbol|bm|emph)$/,
  ],
];

export interface Meaning {
  readonly role: Role;
  readonly value: string;
}

function work(sign: string): Meaning {
  const relation = relationOf.get(sign);
  if (relation !== undefined) return { role: "relation", value: relation };
  const mark = markOf.get(sign);
  if (mark !== undefined) return { role: mark === "…" ? "text" : "mark", value: mark };
  const letter = sign.replace(/^var/, "").replace(/^[A-Z]/, (capital) => capital.toLowerCase());
  if (sign !== "pi" && SYMBOLS.has(letter)) return { role: "symbol", value: sign };
  const name = sign === "binom" ? undefined : functionOf(sign, false);
  if (name !== undefined) return { role: "function", value: name };
  return { role: HANDLED.find(([, names]) => names.test(sign))?.[0] ?? "mark", value: sign };
}

const known = new Map<string, Meaning>();
const MOST_KNOWN = 1_000;

/** What a sign, or a command without its backslash, stands for. What is not known is a mark. */
export function meaningOf(sign: string): Meaning {
  let meaning = known.get(sign);
  if (meaning === undefined) {
    meaning = work(sign);
    if (known.size < MOST_KNOWN) known.set(sign, meaning);
  }
  return meaning;
}

/** Marks over a symbol, which become part of its name. */
export const ACCENTS =
  /^(?:(?:wide)?hat|bar|(?:wide)?tilde|vec|d?dot|check|breve|acute|grave|over(?:left|right)arrow)$/;

/** Units of measure in the singular or plural. */
const UNITS =
  /^(?:[mckdnu]m|[mk]g|m[sl]|in(?:ch)?|foot|feet|ft|yd|yard|mi|mile|(?:milli|centi|kilo)?(?:met|lit)(?:er|re)|(?:kilo)?gram|tonn?e?|lb|pound|oz|ounce|sec|second|min|minute|hr|hour|day|week|month|yr|year|gal|gallon|acre|ha|[mk]ph|kmp?h|rpm|deg|degree|rad|radian|mol|dollar|cent|euro|rs|usd|unit|square|sq|cubic|cu|men|man|boy|way|box|car|egg|cup|[ap]m)(?:e?s)?$/i;
/** Those whose case counts. */
const UNIT_SYMBOLS = /^(?:[mMk]?(?:Pa|Hz|eV)|kWh?)$/;

export const isUnit = (word: string): boolean =>
  UNITS.test(word) || UNIT_SYMBOLS.test(word) || scaleOf(word) !== undefined;

const SCALES = new Map([
  ["dozen", 12],
  ["hundred", 100],
  ["thousand", 1e3],
  ["million", 1e6],
  ["billion", 1e9],
  ["trillion", 1e12],
]);

/** How many a word that a unit begins with stands for. */
export const scaleOf = (unit: string): number | undefined => SCALES.get(unit.split(" ", 1)[0] ?? "");

/** Two letters that are a word where they are all there is, and not a product. */
export const SHORT_WORDS = new Set(words("no on or of to up do go so we us at as an am be by he me my it if is"));

/** Words before an answer that change nothing. */
export const LEADING_WORDS = new Set(
  words("about approximately exactly roughly approx nearly around the is are answer answers solution"),
);
