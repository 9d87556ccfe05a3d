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
 * equals the one that explains most.
 * @param {readonly Record<string, any>[]} fixtures
 * @returns {readonly Example[]} empty where fewer than two scores are known
 */
export function pickExamples(fixtures) {
  const scored = fixtures.filter(isExample).map((row, index) => ({ row, index, score: scoreOf(row) }));
  const simple = extremes(scored.filter(({ row }) => row.params === undefined));
  return (simple.length > 0 ? simple : extremes(scored)).map(({ row }) => toExample(row));
}

function extremes(scored) {
  if (scored.length === 0) return [];
  const best = scored.toSorted((a, b) => b.score - a.score || cost(a) - cost(b))[0];
  const worst = scored.toSorted((a, b) => a.score - b.score || cost(a) - cost(b))[0];
  return best.score === worst.score ? [] : [best, worst];
}

const isExample = (row) =>
  row.group === undefined
    ? typeof row.score === "number" && JSON.stringify(row).length <= LONGEST
    : row.error === undefined && row.group.every(({ score }) => typeof score === "number");

const scoreOf = ({ score, group }) => (group === undefined ? score : Math.max(...group.map((member) => member.score)));

/** Params and an empty completion explain less; then the first row of the file does most, as its author thought. */
const cost = ({ row, index }) =>
  (row.params === undefined ? 0 : 1000) +
  (row.completion === "" ? 2000 : 0) +
  (row.reason === undefined ? 100 : 0) +
  index;

function toExample({ name = "", score = null, reason, metrics: _metrics, ...row }) {
  return { name, score, reason, row };
}
