// Reads the verdict that a judge's message ends with: one JSON object of exactly the asked shape, and nothing else.
import type { z } from "zod";
import { FailedRequest } from "../failed-request.js";
import { quote } from "../quote.js";

/** Opening brackets that are tried at most, from the end: each costs one reading of the rest. */
const MOST_TRIES = 64;

/**
 * The last JSON object of a judge's message. It must end the message (but for the end of a code block) and have exactly
 * the schema's keys: an object that the judge quotes on the way, such as one that a completion planted, is passed over.
 * One that stands in what is judged, letter by letter, is a quotation wherever it is.
 *
 * @param judged the texts that the verdict is about
 * @throws FailedRequest, which may be tried again, where there is none, or one with other values.
 */
export function readVerdict<Verdict>(
  message: string,
  schema: z.ZodType<Verdict>,
  judged: readonly string[] = [],
): Verdict {
  const found = lastObject(message);
  if (found === undefined) throw unusable(`ended with no JSON object: ${quote(message.trim())}`);
  if (judged.some((text) => text.includes(found.text))) {
    throw unusable(`gave no verdict of its own, but one that stands in what it judges: ${quote(found.text)}`);
  }
  const verdict = schema.safeParse(found.value);
  if (verdict.success) return verdict.data;
  const [issue] = verdict.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw unusable(
    `gave ${quote(JSON.stringify(found.value))}, which is wrong${at}: ${issue?.message ?? "not the asked shape"}`,
  );
}

/** A reply that was bought and is of no use. */
export function unusable(what: string): FailedRequest {
  return new FailedRequest(`The judge ${what}`, { retryable: true });
}

/** The object that the text ends with, and its own text. Linear in its length, up to the number of tries. */
function lastObject(text: string): { readonly value: object; readonly text: string } | undefined {
  const end = text.replace(/```\s*$/, "").trimEnd();
  if (!end.endsWith("}")) return undefined;
  let start = end.length;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    start = end.lastIndexOf("{", start - 1);
    if (start < 0) return undefined;
    try {
      const own = end.slice(start);
      const value: unknown = JSON.parse(own);
      if (typeof value === "object" && value !== null) return { value, text: own };
    } catch {
      // Inside a text, or of an outer object.
    }
    if (start === 0) return undefined;
  }
  return undefined;
}
