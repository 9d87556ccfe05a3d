// The places where an answer may stand, best first: lower priority, then the later end, then the earlier start.
// The priorities are Math-Verify's.
import type { MathTarget, ResolvedOptions } from "../options.js";
import { afterAnswer, finalAnswers, lastAnchors, lastSentence, sentences } from "./anchors.js";
import { boxContents, boxes, lastBoxes } from "./boxes.js";
import type { Candidate } from "./candidate.js";
import { letterSpans } from "./letters.js";
import { chains, type MathSpan, mathSpans, percentAfter } from "./math-spans.js";
import { loosened, plainSpans } from "./plain-numbers.js";

/** Works something out once, when it is first asked for. */
function lazy<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => (found ??= { value: find() }).value;
}

/** Candidates in the order in which they are to be tried; found level by level, so that a box costs no more than itself. */
export function* candidates(source: string, options: ResolvedOptions): Generator<Candidate> {
  const all =
    <T>(target: MathTarget, find: () => T[]) =>
    (): T[] =>
      options.targets.includes(target) ? find() : [];
  const formulas = lazy(all("latex", () => chains(source, mathSpans(source))));
  const plain = lazy(all("expression", () => plainSpans(source)));
  const letters = lazy(all("letter", () => letterSpans(source, options.letters)));
  const anchors = lastAnchors(source);
  const anchored = lazy(() => {
    // Chains of formulas also from each of their links.
    const links = formulas().flatMap((chain) => chain.map((_, index) => ofChain(chain.slice(index))));
    return { source, inSentence: options.bare, anchors, links, plain: plain(), letters: letters() };
  });
  const levels: (readonly [priority: number, find: () => readonly Candidate[]])[] = [];

  if (options.boxedPriority >= 0) levels.push([options.boxedPriority, all("latex", () => boxCandidates(source))]);
  if (!options.requireBoxed) {
    levels.push([40, () => hashCandidates(source)]);
    if (anchors.length > 0) {
      levels.push([0, () => finalAnswers(anchored(), true)], [50, () => finalAnswers(anchored(), false)]);
      levels.push([100, () => afterAnswer(anchored(), true)], [200, () => afterAnswer(anchored(), false)]);
      if (options.bare)
        for (const [priority, colon] of [
          [100, true],
          [200, false],
        ] as const)
          levels.push([priority, all("expression", () => sentences(anchored(), colon))]);
    }
    if (!options.requireAnchor) {
      levels.push([250, () => letters().filter(({ isFirst }) => isFirst)]);
      if (options.bare) {
        levels.push([299, all("expression", () => lastSentence(source))]);
        levels.push([400, all("expression", () => (/\\(?!\$)/.test(source) ? [] : plainSpans(loosened(source))))]);
      }
      levels.push([300, () => [...formulas().map(ofChain), ...plain(), ...letters()]]);
    }
  }

  for (const priority of [...new Set(levels.map(([each]) => each))].toSorted((a, b) => a - b)) {
    const found = levels.filter(([each]) => each === priority).flatMap(([, find]) => find());
    yield* found.toSorted((a, b) => b.end - a.end || a.start - b.start);
  }
}

const ofChain = (chain: readonly MathSpan[]): Candidate => ({
  place: "LaTeX",
  start: chain[0]?.start ?? 0,
  end: chain.at(-1)?.end ?? 0,
  parts: chain.map(({ content, percent }) => ({ text: unboxed(content), percent })),
});

/** The contents of the boxes in a stretch, or the stretch. */
function unboxed(content: string): string | null {
  const found = boxes(content);
  return found.length === 0 ? content : boxContents(found);
}

/** How far the stretch around a box may reach. */
const AROUND = 2_000;

/** The last boxes: of one environment all, else those at the end that belong together. */
function boxCandidates(source: string): Candidate[] {
  const found = boxes(source);
  const last = found.at(-1);
  if (last === undefined) return [];
  const from = Math.max(0, last.start - AROUND);
  const spans = last.content === null ? [] : mathSpans(source.slice(from, last.end + AROUND));
  const span = spans.find(({ start, end }) => start + from < last.start && end + from >= last.end);
  const together = lastBoxes(source, found);
  const inside = found.filter(({ start, end }) => span && start >= span.start + from && end <= span.end + from);
  const taken = inside.length > together.length ? inside : together;
  const percent = percentAfter(source, last.end) > 0;
  const start = taken[0]?.start ?? 0;
  const end = Math.max(last.end, span ? span.end + from : 0);
  return [{ place: "box", start, end, parts: [{ text: boxContents(taken), percent }] }];
}

/** #### 42, as in GSM8K: the rest of the last such line, unless it is a heading of what comes below. */
function hashCandidates(source: string): Candidate[] {
  const start = source.lastIndexOf("####");
  if (start < 0) return [];
  const [line = "", ...below] = source.slice(start + 4).split("\n");
  const text = line.trim().replace(/[.\s]+$/, "");
  if (text === "" || (/^\W*[A-Z][a-z]/.test(text) && below.join("").trim() !== "")) return [];
  const parts = [{ text: text.replace(/^\$(?=[\d.])/, ""), percent: false }];
  return [{ place: "####", start, end: start + 4 + line.length, parts }];
}
