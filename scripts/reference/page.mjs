// The page of one reward, and the index of all, as Markdown.
import { block, cell, code, escapeTags, table } from "./markdown.mjs";
import { propertiesOf, typeText } from "./schema-text.mjs";

const SCOPES = {
  sample: "each completion by itself",
  group: "the completions of one prompt together",
  batch: "all completions in one call",
};

const NEEDS = {
  network: "asks a service over the network",
  subprocess: "starts programs",
  model: "loads a model",
};

/** Columns of the example's dataset are called as in many datasets of the hub, so that the mapping shows. */
const DATASET_COLUMNS = { answer: "solution" };

/**
 * @typedef {import("@pavlov/core").RewardManifest} RewardManifest
 * @param {RewardManifest["range"]} range
 */
export function rangeText(range) {
  if (range === null) return "depends on the params";
  const [lowest, highest] = range;
  if (lowest === null && highest === null) return "any number";
  if (highest === null) return `${lowest} and more`;
  return lowest === null ? `${highest} and less` : `${lowest} to ${highest}`;
}

/** @param {RewardManifest} reward */
export function costText({ needs, deterministic, cacheable, scope }) {
  const where = needs.length === 0 ? "computed in the process" : needs.map((need) => NEEDS[need]).join(" and ");
  const parts = [
    where,
    deterministic ? "the same score each time" : "scores may differ from time to time",
    ...(cacheable ? [`results are kept on disk${scope === "group" ? ", by group" : ""}`] : []),
  ];
  return parts.join("; ");
}

/**
 * A config's part that uses the reward, as a user would begin.
 * @param {RewardManifest} reward
 */
export function configOf({ name, columns }) {
  const key = name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const required = propertiesOf(columns).filter((column) => column.required);
  const mapping = required.map((column) => `${column.name}: ${DATASET_COLUMNS[column.name] ?? column.name}`);
  const use = required.length === 0 ? `use: ${name}` : `use: ${name}, columns: { ${mapping.join(", ")} }`;
  return `rewards:\n  ${key}: { ${use} }\n`;
}

const list = (names) => names.map((name) => `\`${name}\``).join(", ");

/** @param {RewardManifest} reward */
function factsOf(reward) {
  const { reads, readsIfPresent, env, envIfPresent, version, fixtures } = reward;
  return [
    ["range", `${rangeText(reward.range)}${reward.range === null ? "" : ", with the params' defaults"}`],
    ["scores", SCOPES[reward.scope]],
    ["cost", costText(reward)],
    reads.length > 0 && ["reads", list(reads)],
    readsIfPresent.length > 0 && ["reads where present", list(readsIfPresent)],
    env.length > 0 && ["environment", list(env)],
    envIfPresent.length > 0 && ["environment, where set", list(envIfPresent)],
    version !== undefined && ["version", version],
    fixtures > 0 && ["tested by", `${fixtures} fixtures`],
  ].filter(Boolean);
}

const described = ({ schema }) => cell(schema.description ?? "");

function columnsOf({ columns }) {
  const rows = propertiesOf(columns).map((column) => [
    `\`${column.name}\``,
    cell(typeText(column.schema)) + (column.required ? "" : ", optional"),
    described(column),
  ]);
  const open = columns.additionalProperties !== undefined && columns.additionalProperties !== false;
  if (rows.length === 0 && !open) return "It reads no column of the dataset.";
  const others = open ? "It is given every column that `columns` of its use maps, under any name." : "";
  return [rows.length > 0 && table(["column", "value", "meaning"], rows), others].filter(Boolean).join("\n\n");
}

function paramsOf({ params }) {
  const rows = propertiesOf(params).map((param) => [
    `\`${param.name}\``,
    cell(typeText(param.schema)),
    param.schema.default === undefined ? (param.required ? "must be given" : "") : cell(code(param.schema.default)),
    described(param),
  ]);
  return rows.length === 0 ? "It has no params." : table(["param", "value", "default", "meaning"], rows);
}

/** Four places: a longer number tells a reader no more. */
const rounded = (score) => String(Number(score.toFixed(4)));

function exampleText({ name, score, reason, row }) {
  if (row.group !== undefined) return groupText(name, row);
  const said = reason === undefined ? "" : `, since ${code(reason)}`;
  return `**${rounded(score)}**: ${escapeTags(name)}${said}\n\n${block("json", JSON.stringify(row, null, 2))}`;
}

/** A group's completions, a row for each. Token ids say nothing but how many there are. */
function groupText(name, { group, ...shared }) {
  const members = group.map(({ score, completion, reason, metrics: _metrics, tokenIds, ...inputs }) => [
    rounded(score),
    cell(code(completion)),
    tokenIds === undefined ? "" : String(tokenIds.length),
    Object.keys(inputs).length === 0 ? "" : cell(code(inputs)),
    reason === undefined ? "" : cell(code(reason)),
  ]);
  const head = ["score", "completion", "tokens", "with", "since"];
  const kept = head.map((_, column) => members.some((member) => member[column] !== ""));
  const rows = [head, ...members].map((cells) => cells.filter((_, column) => kept[column]));
  const params = shared.params === undefined ? "" : ` under ${code(shared.params)}`;
  return `The completions of one prompt${params}: ${escapeTags(name)}.\n\n${table(rows[0], rows.slice(1))}`;
}

/**
 * The page of one reward.
 * @param {RewardManifest} reward
 * @param {readonly import("./examples.mjs").Example[]} examples
 */
export function renderPage(reward, examples) {
  const sections = [
    `# ${reward.name}`,
    escapeTags(reward.description),
    block("yaml", configOf(reward)),
    factsOf(reward)
      .map(([name, text]) => `- **${name}:** ${text}`)
      .join("\n"),
    "## Columns",
    columnsOf(reward),
    "## Params",
    paramsOf(reward),
    ...(examples.length === 0 ? [] : ["## Examples", ...examples.map(exampleText)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

/**
 * The list of all pages.
 * @param {readonly RewardManifest[]} rewards
 */
export function renderIndex(rewards) {
  const rows = rewards.map((reward) => [
    `[\`${reward.name}\`](${reward.name}.md)`,
    cell(reward.description),
    list(propertiesOf(reward.columns).map(({ name }) => name)),
    cell(rangeText(reward.range)),
    reward.scope,
    list(reward.needs),
  ]);
  const intro =
    "What comes with Pavlov. A page says what a reward reads and how it is set, with examples from its own tests. " +
    "`npm run reference` writes these pages from the rewards themselves.";
  return `# Built-in rewards\n\n${intro}\n\n${table(["reward", "what it scores", "columns", "range", "scores by", "needs"], rows)}\n`;
}
