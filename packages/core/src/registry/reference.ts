/** Reads a reference to a reward: a name, a name in a namespace, a package's export or a local file's. */
import { PavlovError } from "../error.js";

export type Reference =
  /** `math`, `sql/executes` */
  | { readonly kind: "name"; readonly namespace: string | undefined; readonly name: string }
  /** `@acme/pavlov-reward-sql#executes`; without a name the package's only reward is meant. */
  | { readonly kind: "package"; readonly specifier: string; readonly name: string | undefined }
  /** `./rewards/mine.ts#length`; without a name the file's only reward is meant. */
  | { readonly kind: "file"; readonly path: string; readonly name: string | undefined };

const forms = "math, sql/executes, @acme/pavlov-reward-sql#executes or ./rewards/mine.ts#length";

/** @throws PavlovError when the text is none of the forms. */
export function parseReference(text: string): Reference {
  const hash = text.lastIndexOf("#");
  const target = hash === -1 ? text : text.slice(0, hash);
  const name = hash === -1 ? undefined : text.slice(hash + 1);
  const malformed = () =>
    new PavlovError(`${JSON.stringify(text)} is not a reference to a reward: write it like ${forms}.`);
  if (target === "" || name === "") throw malformed();
  if (isPath(target)) return { kind: "file", path: target, name };
  if (name !== undefined || target.startsWith("@")) {
    if (!/^(@[\w.-]+\/)?[\w.-]+(\/[\w./-]+)?$/.test(target)) throw malformed();
    return { kind: "package", specifier: target, name };
  }
  const parts = target.split("/");
  const [first, second] = parts;
  if (first === undefined || parts.length > 2 || parts.some((part) => !/^[\w-]+$/.test(part))) throw malformed();
  return second === undefined
    ? { kind: "name", namespace: undefined, name: first }
    : { kind: "name", namespace: first, name: second };
}

function isPath(target: string): boolean {
  return /^(\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/]|file:)/.test(target) || /\.[cm]?[jt]sx?$/.test(target);
}
