// What can be chosen about extraction and equality, and the presets that follow other graders.
import type { ReadOptions } from "./read/reader.js";

export type MathTarget = "latex" | "expression" | "letter";
export type MathPreset = "mathverify" | "trl" | "gsm8k" | "hendrycks" | "nemo";

/** All optional; a preset gives other defaults, and what is named beside it wins. */
export interface MathOptions {
  /**
   * `mathverify`: Math-Verify 0.8. `trl`: TRL's accuracy_reward: Math-Verify where only boxes and LaTeX after "answer"
   * count. `gsm8k`: the number after ####. `hendrycks`: the MATH dataset's grader. `nemo`: NeMo-Skills' math_equal.
   */
  readonly preset?: MathPreset;
  /** What is looked for. Default LaTeX and plain expressions. */
  readonly targets?: readonly MathTarget[];
  /** Where \boxed stands among the places that are looked at: lower first, −1 for never. Default 50. */
  readonly boxedPriority?: number;
  /** Only what is in \boxed counts. */
  readonly requireBoxed?: boolean;
  /** Only boxes and what follows "answer" count. */
  readonly requireAnchor?: boolean;
  /** Whether text before </think> is left out, so that an answer that was only thought of does not count. */
  readonly thinking?: "strip" | "keep";
  /** `exact`: 10% is 0.1 and not 10. `lenient`: it is both. */
  readonly percent?: "exact" | "lenient";
  /** `require`: where both name units, they must be the same. */
  readonly units?: "ignore" | "require";
  /**
   * How a decimal equals what it approximates. `relative`: within `tolerance` of it. `rounded`: both rounded to
   * `decimalPlaces` are the same. `from-gold`: within half a unit of the gold answer's last place.
   */
  readonly decimals?: "relative" | "rounded" | "from-gold";
  readonly tolerance?: number;
  readonly decimalPlaces?: number;
  /** Whether `x` and `X` are two variables. */
  readonly caseSensitive?: boolean;
  /** Whether an inequality may answer for a gold set or interval. */
  readonly allowSetRelation?: boolean;
  /** Whether variables must have the gold's names; else they are matched by their order. */
  readonly strictVariables?: boolean;
  /** Whether the elements of a list must come in the gold's order. */
  readonly orderedLists?: boolean;
  /**
   * Whether a gold number wants a number: 408 and not 12 * 34, which gives the question back. Fractions, percentages and
   * powers of ten are numbers.
   */
  readonly requireNumber?: boolean;
  /** The letters of a multiple choice. Default A to D. */
  readonly letters?: string;
  /** Whether shorthands such as \frac12 are understood. */
  readonly shorthands?: boolean;
  /** Whether an answer without LaTeX, box or "answer" is read as it stands where it is all there is. */
  readonly bare?: boolean;
}

export interface ResolvedOptions extends Required<Omit<MathOptions, "preset">> {
  readonly preset: MathPreset | undefined;
  readonly read: ReadOptions;
}

const DEFAULTS: Required<Omit<MathOptions, "preset">> = {
  targets: ["latex", "expression"],
  boxedPriority: 50,
  requireBoxed: false,
  requireAnchor: false,
  thinking: "strip",
  percent: "exact",
  units: "ignore",
  decimals: "relative",
  tolerance: 1e-6,
  decimalPlaces: 6,
  caseSensitive: true,
  allowSetRelation: false,
  strictVariables: true,
  orderedLists: false,
  requireNumber: false,
  letters: "ABCD",
  shorthands: true,
  bare: true,
};

const MATH_VERIFY = {
  decimals: "rounded",
  caseSensitive: false,
  thinking: "keep",
  bare: false,
} satisfies MathOptions;

const PRESETS: Readonly<Record<MathPreset, MathOptions>> = {
  mathverify: MATH_VERIFY,
  trl: { ...MATH_VERIFY, targets: ["latex"], boxedPriority: 0, requireAnchor: true },
  gsm8k: { targets: ["expression"] },
  hendrycks: { percent: "lenient", orderedLists: true, tolerance: 0, boxedPriority: 0 },
  nemo: { percent: "lenient", tolerance: 1e-4, boxedPriority: 0 },
};

const resolved = new WeakMap<MathOptions, ResolvedOptions>();
const NO_OPTIONS: MathOptions = {};

/** Options with all defaults applied. */
export function resolveOptions(options: MathOptions = NO_OPTIONS): ResolvedOptions {
  let known = resolved.get(options);
  if (known === undefined) resolved.set(options, (known = resolve(options)));
  return known;
}

function resolve({ preset, ...given }: MathOptions): ResolvedOptions {
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const all = { ...DEFAULTS, ...(preset && PRESETS[preset]), ...named };
  const compatible = preset === "mathverify" || preset === "trl";
  return {
    ...all,
    preset,
    read: {
      caseSensitive: all.caseSensitive,
      thousands: true,
      shorthands: all.shorthands,
      scientific: !compatible,
      degrees: !compatible,
      inverses: !compatible,
      firstUnitEnds: compatible,
    },
  };
}
