// Languages by their codes: which the detector knows, in which script each is written, and what a text is written in.
import { PavlovError } from "@pavlov/core";

/** What a detector says of a text. */
export interface Verdict {
  /** Its code; empty where it is none. */
  readonly language: string;
  /** How likely the text is in the language of a code, from 0 to 1. */
  scoreOf(code: string): number;
  isReliable(): boolean;
}

/** What of the detector is used. */
export interface Detector {
  detect(text: string): Verdict;
  info(): { readonly Languages: Readonly<Record<number, string>> };
}

/** A language that texts are compared with. */
export interface Language {
  /** ISO 639-1. */
  readonly code: string;
  /** Matches a letter of the scripts that the language is written in. */
  readonly letter: RegExp;
  /** Matches letters of all other scripts. */
  readonly foreign: RegExp;
}

/** Writing systems of several scripts, as CLDR names them. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  Jpan: ["Han", "Hira", "Kana"],
  Kore: ["Hang", "Han"],
  Hans: ["Han"],
  Hant: ["Han"],
};

/** Norwegian in either of its written forms is one language to the detector. */
const NORWEGIAN: readonly string[] = ["nb", "nn"];

/** By code and script: each has patterns that take time and memory to compile. */
const made = new Map<string, Language>();

function languageIn(short: string, script: string): Language {
  const scripts = SCRIPTS[script] ?? [script];
  const letters = scripts.map((name) => String.raw`\p{Script=${name}}`).join("");
  return {
    code: short,
    letter: new RegExp(`[${letters}]`, "u"),
    foreign: new RegExp(String.raw`(?:(?![${letters}])\p{L})+`, "gu"),
  };
}

/**
 * The language of a code of ISO 639-1 or 639-3, such as `de`, `deu` or `zh-TW`.
 *
 * @throws PavlovError when the code is none, or the detector does not know the language.
 */
export function languageOf(code: string, detector: Detector): Language {
  const known = Object.values(detector.info().Languages);
  const refuse = (problem: string): never => {
    throw new PavlovError(
      `The language ${JSON.stringify(code)} ${problem}: use one of ${known.toSorted().join(", ")}.`,
    );
  };
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(code.trim());
  } catch {
    return refuse("is no code of ISO 639");
  }
  const short = NORWEGIAN.includes(locale.language) ? "no" : locale.language;
  if (!known.includes(short)) return refuse("cannot be told from others");
  const script = locale.maximize().script ?? "Latn";
  const key = `${short}-${script}`;
  const language = made.get(key) ?? languageIn(short, script);
  made.set(key, language);
  return language;
}

/** What an unreliable verdict's wanted language may lack of the best one's score, and still be taken for it. */
const NEARLY = 0.9;

/** The code of the language that a text is in: `wanted` where it is that or may well be; empty where it is none. */
export function tellLanguage(text: string, wanted: string, detector: Detector): string {
  const verdict = detector.detect(text);
  if (verdict.language === wanted || verdict.language === "") return verdict.language;
  if (verdict.isReliable()) return verdict.language;
  return verdict.scoreOf(wanted) >= NEARLY * verdict.scoreOf(verdict.language) ? wanted : verdict.language;
}

/** The language of a text that is long and clear enough to tell it for sure. */
export function surelyTold(text: string, detector: Detector): string | undefined {
  const verdict = detector.detect(text);
  return verdict.language !== "" && verdict.isReliable() ? verdict.language : undefined;
}
