// The words of LaTeX and of plain mathematical text that the reader knows.
const words = (text: string): string[] => text.split(" ");

/** Functions of one argument that may stand before it without brackets. */
export const FUNCTIONS = new Set(
  words(
    "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch arcsinh arccosh " +
      "arctanh ln log lg exp det tr rank arg Re Im gamma erf sgn sign",
  ),
);

/** What each of several words stands for. */
export const byWord = (meanings: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(meanings).flatMap(([meaning, list]) => words(list).map((word): [string, string] => [word, meaning])),
  );

/** Other spellings of functions. */
export const FUNCTION_ALIASES = byWord({
  tan: "tg",
  cot: "ctg cotg",
  csc: "cosec",
  arcsin: "asin",
  arccos: "acos",
  arctan: "atan arctg",
  arccot: "arcctg",
  sinh: "sh",
  cosh: "ch",
  tanh: "th",
  arcsinh: "arsinh asinh",
  arccosh: "arcosh acosh",
  arctanh: "artanh atanh",
  log: "lg",
  sgn: "sign signum",
  ceil: "ceiling",
});

/** Functions that take a list of arguments in brackets. */
export const LIST_FUNCTIONS = new Set(words("min max gcd lcm mod floor ceil abs sqrt cbrt binom factorial"));

/** Commands of one letter's meaning: Greek and the like. */
export const SYMBOL_COMMANDS = new Set(
  words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma " +
      "varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar " +
      "aleph nabla partial wp imath jmath square triangle",
  ),
);

export const RELATION_COMMANDS = byWord({
  "≤": "le leq leqslant leqq",
  "≥": "ge geq geqslant geqq",
  "<": "lt",
  ">": "gt",
  "≠": "ne neq",
  "≈": "approx approxeq thickapprox simeq sim propto",
  "=": "doteq triangleq coloneqq",
  "≡": "cong equiv",
  "∈": "in",
  "∉": "notin",
  "⊂": "subset subseteq",
  "→": "to rightarrow longrightarrow mapsto",
  "∥": "parallel",
  "⊥": "perp",
});

/** Commands that say how something looks and not what it is. */
export const DROPPED_COMMANDS = new Set(
  words(
    "left right middle mleft mright big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm displaystyle " +
      "textstyle scriptstyle scriptscriptstyle limits nolimits quad qquad enspace thinspace thickspace medspace " +
      "negthinspace nonumber notag rm bf it sf tt cal boldmath normalsize large Large small tiny mathstrut strut " +
      "allowbreak noindent centering hfill par newline smallskip medskip bigskip null relax hline",
  ),
);

/** Commands whose argument is dropped with them. */
export const DROPPED_WITH_ARGUMENT = new Set(
  words("hspace vspace phantom hphantom vphantom label tag color textcolor"),
);

/** Commands whose argument stands for itself. */
export const TRANSPARENT_COMMANDS = new Set(
  words("boxed fbox underline mathop mathbin mathrel mathord mathclose mathopen smash ensuremath cancel bcancel pmb"),
);

/** Commands whose argument is upright text, or a function's or unit's name. */
export const TEXT_COMMANDS = new Set(
  words(
    "text textrm textbf textit textsf texttt textnormal mbox hbox mathrm mathbf mathit mathsf mathtt mathnormal " +
      "operatorname boldsymbol bm emph textup mathcal mathscr mathfrak",
  ),
);

/** Marks over a symbol, which become part of its name. */
export const ACCENTS = new Set(
  words("hat widehat bar tilde widetilde vec dot ddot check breve acute grave overrightarrow overleftarrow"),
);

/** Units of measure, and what answers count, in the singular. */
const UNITS = new Set(
  words(
    "mm cm dm m km nm um inch in ft foot feet yard yd mile mi meter metre centimeter centimetre millimeter kilometer kilometre " +
      "mg g kg gram kilogram ton tonne lb pound ounce oz s sec second min minute h hr hour day week month year yr ms " +
      "l L ml mL liter litre milliliter gal gallon cup pint quart acre hectare ha mph kmh kmph rpm degree deg radian rad " +
      "N J W V A K C F Pa kPa Hz kHz MHz kW kWh eV keV MeV mol T ohm newton joule watt volt ampere kelvin celsius fahrenheit " +
      "dollar cent buck euro yuan rupee peso rs usd unit square sq cubic cu people person student child children " +
      "man men woman women boy girl apple orange book coin ticket page pupil time point way digit number integer " +
      "solution term piece slice mark box car game edge vertex vertices side ball card marble egg step pm am noon east west north south",
  ),
);

/** Two letters that are a word where they are all there is, and not a product. */
export const SHORT_WORDS = new Set(words("no on or of to up do go so we us at as an am be by he me my it if is"));

/** Words before an answer that change nothing. */
export const LEADING_WORDS = new Set(
  words("about approximately exactly roughly approx nearly around the is are answer answers solution"),
);

/** Whether a word is a unit, in the singular or plural. */
export function isUnit(word: string): boolean {
  if (UNITS.has(word)) return true;
  const lower = word.toLowerCase();
  return (
    UNITS.has(lower) ||
    (lower.length > 2 &&
      ((lower.endsWith("s") && UNITS.has(lower.slice(0, -1))) ||
        (lower.endsWith("es") && UNITS.has(lower.slice(0, -2)))))
  );
}
