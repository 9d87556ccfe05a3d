/** Keeps secrets that a user wrote where none belongs out of the message that refuses them. */

/** What stands in a message in the place of a secret. */
const hidden = "[hidden]";

/** Names of options that hold secrets: `apiKey`, `hub_token`, `Authorization`; not `maxTokens`, `tokenizer`. */
const secretName =
  /(?:(?:api|access|private|secret|auth|service)[-_]?key|secret|passwd|password|passphrase|authorization|credentials?|token)$/i;

/** What keys of well-known services look like, tokens in headers and addresses, and names with passwords. */
const secretTexts: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(?:sk|pk|rk)[-_][\w-]{12,}/g, hidden],
  [/\b(?:hf|ghp|gho|ghs|ghu|github_pat|npm|glpat|xox[abps]|gsk|tvly|r8)[-_][\w-]{12,}/g, hidden],
  [/\bAKIA[A-Z0-9]{12,}|\bAIza[\w-]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, hidden],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  [/:\/\/[^\s/@:"]*:[^\s/@"]+@/g, `://${hidden}@`],
  [/([?&][\w-]*(?:token|key|secret|password|signature|sig)=)[^&\s"#]+/gi, `$1${hidden}`],
];

/** True for an option that holds a secret by its name. */
export function namesSecret(name: string): boolean {
  return secretName.test(name);
}

/** A text without what looks like a secret in it. */
export function hideSecrets(text: string): string {
  return secretTexts.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}

/**
 * A value as a message may show it: texts under names of secrets are hidden, and so is what looks like a secret.
 *
 * @param name of the option that holds it
 */
export function withoutSecrets(value: unknown, name = ""): unknown {
  if (typeof value === "string") return namesSecret(name) && value !== "" ? hidden : hideSecrets(value);
  if (Array.isArray(value)) return value.map((each: unknown) => withoutSecrets(each, name));
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, key)]));
}
