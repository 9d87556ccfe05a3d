/** One text for each value, whatever the order of its keys, so that equal values have equal hashes. */

/**
 * JSON with sorted keys, and with what JSON cannot say told apart: numbers that are not finite, -0, bigints, dates,
 * typed arrays and `undefined`. Undefined for what has no such text: functions, cycles, objects of other classes.
 */
export function canonicalText(value: unknown): string | undefined {
  const parts: string[] = [];
  return write(value, parts, new Set()) ? parts.join("") : undefined;
}

/** False where `value` has no text. */
function write(value: unknown, parts: string[], around: Set<object>): boolean {
  switch (typeof value) {
    case "string":
      // Escapes halves of surrogate pairs, which a hash would take for one another.
      parts.push(JSON.stringify(value));
      return true;
    case "number":
      parts.push(Object.is(value, -0) ? "-0" : String(value));
      return true;
    case "boolean":
    case "undefined":
      parts.push(String(value));
      return true;
    case "bigint":
      parts.push(`${value}n`);
      return true;
    case "object":
      return value === null ? parts.push("null") > 0 : writeObject(value, parts, around);
    default:
      return false;
  }
}

function writeObject(value: object, parts: string[], around: Set<object>): boolean {
  if (value instanceof Date) return parts.push(`date(${value.getTime()})`) > 0;
  if (around.has(value)) return false;
  around.add(value);
  const written = Array.isArray(value)
    ? writeList(value, parts, around)
    : ArrayBuffer.isView(value)
      ? writeBytes(value, parts)
      : writeEntries(value, parts, around);
  around.delete(value);
  return written;
}

function writeList(list: readonly unknown[], parts: string[], around: Set<object>): boolean {
  parts.push("[");
  for (const item of list) {
    if (!write(item, parts, around)) return false;
    parts.push(",");
  }
  parts.push("]");
  return true;
}

function writeBytes(view: ArrayBufferView, parts: string[]): boolean {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  parts.push(view.constructor.name, "(", bytes.toString("base64"), ")");
  return true;
}

function writeEntries(value: object, parts: string[], around: Set<object>): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also the plain objects of another realm, whose prototype has none itself.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) return false;
  parts.push("{");
  for (const key of Object.keys(value).sort()) {
    parts.push(JSON.stringify(key), ":");
    if (!write((value as Readonly<Record<string, unknown>>)[key], parts, around)) return false;
    parts.push(",");
  }
  parts.push("}");
  return true;
}
