// JSON Schemas (draft-07) in the words of a table: `integer, at least 1`, `text or null`.

/** Bounds that a schema library writes for every whole number, and that tell nobody anything. */
const BOUNDLESS = Number.MAX_SAFE_INTEGER;

const NAMES = { string: "text", integer: "whole number", number: "number", boolean: "true or false", null: "null" };

/**
 * @typedef {Readonly<Record<string, any>>} Schema
 * @param {Schema} schema
 * @returns {string} what values the schema takes, in Markdown
 */
export function typeText(schema) {
  const texts = [...new Set(branchesOf(schema).map(branchText))];
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

/** Alternatives, however deep they are nested, or the schema alone. */
function branchesOf(schema) {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return branches.flatMap(branchesOf);
  return Array.isArray(schema.type) ? schema.type.map((type) => ({ ...schema, type })) : [schema];
}

function branchText(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.type === "array") return `list of ${itemsText(schema.items ?? {})}`;
  if (schema.type === "object") return "object";
  const name = NAMES[schema.type];
  if (name === undefined) return "anything";
  return `${name}${schema.type === "string" ? formText(schema) : boundsText(schema)}`;
}

function itemsText(items) {
  const branches = branchesOf(items);
  const [only] = branches;
  if (branches.length === 1 && only.enum) return typeText(only);
  if (branches.length === 1 && only.type === "string") return "texts";
  if (branches.length === 1 && only.type === "object") return "objects";
  return `(${typeText(items)})`;
}

const formText = ({ format }) => (format === "uri" ? ", an address" : "");

function boundsText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const bounds = [
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    minimum !== undefined && minimum !== -BOUNDLESS && `at least ${minimum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    maximum !== undefined && maximum !== BOUNDLESS && `at most ${maximum}`,
  ].filter(Boolean);
  return bounds.length === 0 ? "" : `, ${bounds.join(" and ")}`;
}

/**
 * The properties of an object's schema, in its order.
 * @param {Schema} schema
 * @returns {{ name: string, schema: Schema, required: boolean }[]}
 */
export function propertiesOf({ properties = {}, required = [] }) {
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, required: required.includes(name) }));
}
