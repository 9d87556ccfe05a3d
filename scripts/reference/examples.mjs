// The examples of a page: the best and the worst of a reward's own fixtures, told so that they can be tried.

/** Longer completions explain nothing. */
const LONGEST = 400;

/**
 * @typedef {object} Example
 * @property {number | null} score
 * @property {string} name what the fixture shows
 * @property {Record<string, unknown>} row the fixture without its name and what was expected
 * @property {string | undefined} reason
 */

/**
 * The rows of a fixtures.jsonl.
 * @param {string} text
 * @returns {Record<string, any>[]}
 */
export const readFixtures = (text) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));

/**
 * The example with the highest score and the one with the lowest, under the params' defaults where these differ; of
 * equals the one that explains most. Of a reward that compares, the completions that differ most.
 * @param {readonly Record<string, any>[]} fixtures
 * @returns {readonly Example[]} empty where nothing tells good from bad
 */
export function pickExamples(fixtures) {
  const groups = fixtures.filter(isGroup).toSorted((a, b) => spread(b) - spread(a));
  if (groups.length > 0) return groups.slice(0, 1).map(toExample);
  const scored = fixtures.filter(isExample).map((row, index) => ({ row, index, score: row.score }));
  const simple = extremes(scored.filter(({ row }) => row.params === undefined && row.messages === undefined));
  return (simple.length > 0 ? simple : extremes(scored)).map(({ row }) => toExample(row));
}

function extremes(scored) {
  if (scored.length === 0) return [];
  const best = scored.toSorted((a, b) => b.score - a.score || cost(a) - cost(b))[0];
  const worst = scored.toSorted((a, b) => a.score - b.score || cost(a) - cost(b))[0];
  return best.score === worst.score ? [] : [best, worst];
}

const isGroup = ({ group, error }) =>
  group !== undefined && error === undefined && group.every(({ score }) => typeof score === "number");

/** How far the scores of a group are apart. */
const spread = ({ group }) =>
  Math.max(...group.map(({ score }) => score)) - Math.min(...group.map(({ score }) => score));

const isExample = (row) => typeof row.score === "number" && JSON.stringify(row).length <= LONGEST;

/** Params, token ids, conversations and an empty completion explain less; then the first row of the file does most, as its author thought. */
const cost = ({ row, index }) =>
  (row.params === undefined ? 0 : 1000) +
  (row.tokenIds === undefined ? 0 : 500) +
  (row.messages === undefined ? 0 : 1500) +
  (row.completion === "" ? 2000 : 0) +
  (row.reason === undefined ? 100 : 0) +
  index;

function toExample({ name = "", score = null, reason, metrics: _metrics, ...row }) {
  return { name, score, reason, row };
}
