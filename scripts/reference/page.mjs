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

/** Where a reward does nothing by its defaults, what a user would begin with. */
const FIRST_PARAMS = {
  classifier: { model: "Xenova/distilbert-base-uncased-finetuned-sst-2-english", label: "POSITIVE" },
  command: { command: ["python3", "score.py"] },
};

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
  const mapping = required.map((column) => `${column.name}: ${datasetColumn(column.name)}`);
  const params = FIRST_PARAMS[name];
  const parts = [
    `use: ${name}`,
    required.length > 0 && `columns: { ${mapping.join(", ")} }`,
    params !== undefined && `params: ${flowYaml(params)}`,
  ];
  return `rewards:\n  ${key}: { ${parts.filter(Boolean).join(", ")} }\n`;
}

const datasetColumn = (name) => DATASET_COLUMNS[name] ?? name;

/** JSON on one line, with spaces between. */
const flow = (value) => JSON.stringify(value, null, 1).replaceAll(/\n */g, " ");

/** YAML on one line, with quotes only where they are needed. */
function flowYaml(value) {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([key, each]) => `${flowYaml(key)}: ${flowYaml(each)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}

/** Texts that YAML takes for nothing else. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][\w./-]*$/i;

/**
 * An example as a line of a file for `pavlov score --completions`, its columns called as in the config's part.
 * @param {Record<string, any>} row
 */
export function lineOf({ columns = {}, params: _params, ...inputs }) {
  const own = Object.entries(columns).map(([name, value]) => [datasetColumn(name), value]);
  return flow({ ...inputs, ...Object.fromEntries(own) });
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
  const under = row.params === undefined ? "" : ` under ${code(`params: ${flowYaml(row.params)}`)}`;
  return `**${rounded(score)}**${under}: ${escapeTags(name)}${said}\n\n${block("json", lineOf(row))}`;
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
  const params = shared.params === undefined ? "" : ` under ${code(`params: ${flowYaml(shared.params)}`)}`;
  return `The completions of one prompt${params}: ${escapeTags(name)}.\n\n${table(rows[0], rows.slice(1))}`;
}

const TO_TRY =
  "Lines of a file for `pavlov score <config> --completions <file>`, where the config has the part above " +
  "([how to try them](README.md#to-try-an-example)).";

function examplesOf(examples) {
  if (examples.length === 0) return [];
  const isGroup = examples.some(({ row }) => row.group !== undefined);
  return ["## Examples", ...(isGroup ? [] : [TO_TRY]), ...examples.map(exampleText)];
}

/**
 * The page of one reward.
 * @param {RewardManifest} reward
 * @param {readonly import("./examples.mjs").Example[]} examples
 * @param {readonly string[]} details paragraphs of Markdown
 */
export function renderPage(reward, examples, details = []) {
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
    ...examplesOf(examples),
    ...(details.length === 0 ? [] : ["## In detail", ...details]),
    `[All built-in rewards](README.md) · [source](../../packages/rewards/src/${reward.name})`,
  ];
  return `${sections.join("\n\n")}\n`;
}

const TRYING = [
  "## To try an example",
  "A page's first block is a part of a config; a whole one for scoring names a dataset as well, which `pavlov score` " +
    "does not read. Here `columns: { answer: solution }` says that what the reward calls `answer` is called `solution` " +
    "in the data; where both have the same name, nothing need be said.",
  block(
    "yaml",
    "# pavlov.config.yaml\ndataset: train.jsonl\nrewards:\n  math: { use: math, columns: { answer: solution } }",
  ),
  block("json", flow({ completion: "Half of it remains: $\\boxed{\\frac{1}{2}}$.", solution: "0.5" })),
  block("sh", "pavlov score pavlov.config.yaml --completions completions.jsonl --explain"),
  "Where an example names `params`, they go beside `use`: `{ use: length, params: { unit: words } }`.",
];

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
  const head = ["reward", "what it scores", "columns", "range", "scores by", "needs"];
  return `${["# Built-in rewards", intro, table(head, rows), ...TRYING].join("\n\n")}\n`;
}
