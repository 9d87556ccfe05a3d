/** What to say of a name that no plugin has: what was probably meant, or why what was meant cannot be used. */
import { type PluginProblem, problemsOfNamespace } from "../discovery/plugin-package.js";
import { PavlovError } from "../error.js";
import { nearest, suggestion } from "../nearest-name.js";

/**
 * ` Did you mean "sql/executes"?`, or an empty string. A namespace is compared with namespaces alone: that two plugins
 * have a reward `score` makes neither the other. A namespace that was left out or is nothing like any is found by the
 * reward's name, where one plugin alone has it.
 */
export function suggestReference(text: string, names: readonly string[]): string {
  const [namespace, name] = splitLast(text);
  const comparable =
    namespace === undefined
      ? names
      : names.filter((known) => {
          const [other = ""] = splitLast(known);
          return nearest(namespace, [other]) !== undefined;
        });
  const near = suggestion(text, comparable);
  if (near !== "") return near;
  const alike = names.filter((known) => splitLast(known)[1] === name);
  return alike.length === 1 ? ` Did you mean "${alike[0]}"?` : "";
}

/**
 * Why the plugin that a reference such as `sql/executes` means cannot be used, its fix as the hint; undefined where none
 * is meant.
 *
 * @param what `reward`, `preset`
 */
export function unusableNamespace(
  what: string,
  text: string,
  problems: readonly PluginProblem[],
): PavlovError | undefined {
  const [namespace] = splitLast(text);
  const [first, ...others] = namespace === undefined ? [] : problemsOfNamespace(namespace, problems);
  if (first === undefined) return undefined;
  // Plugins that share a namespace have one reason.
  const reasons = [first, ...others.filter(({ reason }) => reason !== first.reason)].map(
    ({ package: name, reason }) => `${name} cannot be used: ${reason}.`,
  );
  return new PavlovError(`There is no ${what} ${JSON.stringify(text)}: ${reasons.join(" ")}`, { hint: first.fix });
}

/** ` Plugins that cannot be used: a@1.0.0, b@2.0.0; pavlov list says why.`, or an empty string. */
export function otherProblems(problems: readonly PluginProblem[]): string {
  const names = [...new Set(problems.map((problem) => problem.package))];
  if (names.length === 0) return "";
  const shown = names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
  return ` Plugins that cannot be used: ${shown}; pavlov list says why.`;
}

function splitLast(text: string): readonly [namespace: string | undefined, name: string] {
  const at = text.lastIndexOf("/");
  return at === -1 ? [undefined, text] : [text.slice(0, at), text.slice(at + 1)];
}
