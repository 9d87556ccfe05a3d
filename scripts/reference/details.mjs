// What the package's README says of each reward, for its page: written once, and shown where a reader looks.

/**
 * Paragraphs by reward. A section begins with a paragraph that begins in bold and ends before the next such one; it
 * belongs to the rewards that its first paragraph names in bold.
 * @param {string} readme
 * @param {readonly string[]} names of rewards
 * @returns {ReadonlyMap<string, readonly string[]>}
 */
export function detailsOf(readme, names) {
  const details = new Map(names.map((name) => [name, []]));
  let current = [];
  for (const paragraph of paragraphsOf(readme)) {
    if (paragraph.startsWith("**")) current = boldNames(paragraph).filter((name) => details.has(name));
    if (/^(?:#|Apache-2\.0|\|? ?name \|)/.test(paragraph)) current = [];
    for (const name of current) details.get(name).push(paragraph);
  }
  return details;
}

/** Paragraphs, each block of code whole. */
function paragraphsOf(text) {
  const paragraphs = [];
  let fence = "";
  let lines = [];
  for (const line of `${text}\n`.split("\n")) {
    const mark = /^`{3,}/.exec(line)?.[0];
    if (mark !== undefined) fence = fence === "" ? mark : line.trim() === fence ? "" : fence;
    if (line.trim() !== "" || fence !== "") lines.push(line);
    else if (lines.length > 0) {
      paragraphs.push(lines.join("\n"));
      lines = [];
    }
  }
  return paragraphs;
}

/** The names in backticks that stand in bold. */
const boldNames = (paragraph) =>
  [...paragraph.matchAll(/\*\*(?!\s)(.+?)\*\*/g)].flatMap(([, bold]) =>
    [...bold.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
  );
