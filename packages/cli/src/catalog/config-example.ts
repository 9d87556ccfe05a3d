/** How a config uses a reward: a few lines of YAML with what must be given. */
import type { JsonSchema, RewardManifest } from "@pavlov/core";
import { declaredFields } from "./declared-fields.js";

/** A name as configs give rewards: in camel case where the reward's own has hyphens. */
export function partName(rewardName: string): string {
  return rewardName.replace(/-+(\w?)/g, (_, next: string) => next.toUpperCase());
}

/** Lines of YAML that name the reward, map the columns that it needs and give the params that have no default. */
export function configExample(use: string, { name, columns, params }: RewardManifest): readonly string[] {
  const needed = declaredFields(columns).filter((field) => field.required && !field.name.includes("."));
  const given = declaredFields(params).filter((field) => field.required && !field.name.includes("."));
  const properties = (params["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const mapping = needed.map((field) => `${key(field.name)}: ${key(field.name)}`).join(", ");
  const values = given.map((field) => `${key(field.name)}: ${placeholder(properties[field.name] ?? {})}`).join(", ");
  return [
    "rewards:",
    `  ${partName(name)}:`,
    `    use: ${scalar(use)}`,
    ...(mapping === "" ? [] : [`    columns: { ${mapping} } # the reward's column: the dataset's`]),
    ...(values === "" ? [] : [`    params: { ${values} }`]),
  ];
}

/** Text that YAML takes for itself without quotes, or in them. */
function scalar(text: string): string {
  return /^[A-Za-z./@][\w./@#-]*$/.test(text) && !/ #|: |^@/.test(text) ? text : JSON.stringify(text);
}

function key(text: string): string {
  return /^[A-Za-z_][\w-]*$/.test(text) ? text : JSON.stringify(text);
}

/** A value of the right kind, to be replaced. */
function placeholder(schema: JsonSchema): string {
  const { enum: values, minimum, type } = schema;
  if (Array.isArray(values) && values.length > 0) return JSON.stringify(values[0]);
  if (type === "number" || type === "integer") return String(typeof minimum === "number" && minimum > 0 ? minimum : 1);
  if (type === "boolean") return "true";
  if (type === "array") return "[]";
  if (type === "object") return "{}";
  return '"…"';
}
