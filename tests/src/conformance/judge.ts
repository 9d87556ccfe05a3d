/** Runs cases and says which verdicts differ from the expected ones. */
import { extract, type MathOptions, verify } from "@pavlov/rewards/math";
import { type Case, optionsOf } from "./corpora.js";

export interface Disagreement {
  readonly id: string;
  readonly kind: "false positive" | "false negative" | "extraction";
  readonly detail: string;
}

export interface Judged {
  readonly cases: number;
  readonly agreed: number;
  readonly disagreements: readonly Disagreement[];
}

const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= 90 ? line : `…${line.slice(-90)}`;
};

/** Whether an extraction is what the case wants: a count of none, the first one's form, or a letter's forms. */
function extracts({ expected_extract: wanted, pred }: Case, options: MathOptions): string | undefined {
  const found = extract(pred, options);
  const forms = found.state === "read" ? [found.normalized, found.text] : [];
  const fits = Array.isArray(wanted)
    ? wanted.length === 0
      ? forms.length === 0
      : wanted.every((form) => forms.includes(String(form)))
    : typeof wanted === "object" && wanted !== null && "first" in wanted
      ? forms[0] === wanted.first
      : forms.length === 0;
  return fits ? undefined : `expected ${JSON.stringify(wanted)}, found ${JSON.stringify(forms)}`;
}

/** Cases whose expected verdict is null are run and not counted, unless a grader's null is an abstention. */
export function judge(cases: readonly Case[], baseOf: (entry: Case) => MathOptions, countNull = false): Judged {
  const disagreements: Disagreement[] = [];
  let count = 0;
  for (const entry of cases) {
    const options = optionsOf(entry, baseOf(entry));
    if (entry.kind === "extract") {
      count++;
      const problem = extracts(entry, options);
      if (problem !== undefined) disagreements.push({ id: entry.id, kind: "extraction", detail: problem });
      continue;
    }
    if (entry.kind !== "verify" || entry.gold === null) continue;
    const result = verify(entry.gold, entry.pred, options);
    if (entry.expected === null && !countNull) continue;
    count++;
    const abstained = result.verdict === "gold-unparsable";
    const given = entry.expected === null ? (abstained ? null : false) : result.verdict === "correct";
    if (given === entry.expected) continue;
    const positive = result.verdict === "correct";
    disagreements.push({
      id: entry.id,
      kind: positive ? "false positive" : "false negative",
      detail: `${result.verdict}: gold ${short(entry.gold)} | answer ${short(entry.pred)} | read ${short(result.gold)} | ${short(result.normalized)} | ${result.rule ?? result.problem ?? ""}`,
    });
  }
  return { cases: count, agreed: count - disagreements.length, disagreements };
}
