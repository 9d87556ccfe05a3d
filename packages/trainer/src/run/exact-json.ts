/**
 * JSON that gives back the very bits: typed arrays as base64, and the numbers that JSON cannot write (-0, NaN,
 * infinities) by name. For what a checkpoint keeps of log-probabilities and advantages.
 */

const ARRAYS = { $float32: Float32Array, $float64: Float64Array, $int32: Int32Array } as const;

type ArrayTag = keyof typeof ARRAYS;

const NUMBERS: Readonly<Record<string, number>> = { "-0": -0, NaN: Number.NaN, Infinity, "-Infinity": -Infinity };

const isPlain = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

const write = (_: string, value: unknown): unknown => {
  if (typeof value === "number" && !isPlain(value)) return { $number: Object.is(value, -0) ? "-0" : String(value) };
  for (const [tag, type] of Object.entries(ARRAYS)) {
    if (value instanceof type) {
      return { [tag]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
    }
  }
  return value;
};

const read = (_: string, value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0 || typeof entry[1] !== "string") return value;
  const [tag, text] = entry;
  if (tag === "$number" && Object.hasOwn(NUMBERS, text)) return NUMBERS[text];
  if (!Object.hasOwn(ARRAYS, tag)) return value;
  // A copy of its own: the pool that Buffer takes memory from is not aligned for floats.
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  return new ARRAYS[tag as ArrayTag](bytes.buffer);
};

/** Writes a value whose objects and arrays are plain. Typed arrays are written in this machine's byte order. */
export const writeExactly = (value: unknown): string => JSON.stringify(value, write);

/** Reads what {@link writeExactly} wrote. Throws a `SyntaxError` where it is not JSON. */
export const readExactly = (text: string): unknown => JSON.parse(text, read);
