/** Random changes to the fields of a JSON text. */
import type { Chance } from "./chance.js";

/** A place in a JSON value: the object or list, and the key in it. */
interface Slot {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

/** Every place, the outermost first. */
const slotsOf = (value: unknown, found: Slot[] = []): Slot[] => {
  if (typeof value !== "object" || value === null) return found;
  const owner = value as Record<string, unknown>;
  for (const key of Object.keys(owner)) {
    found.push({ owner, key });
    slotsOf(owner[key], found);
  }
  return found;
};

const numbers = [0, -1, 1, 0.5, 1e9, 1e12, 2 ** 53, 1e308, -1e308, 4_294_967_295, 1e-320];
const others = [
  null,
  true,
  false,
  "",
  "many",
  "../../etc/passwd",
  "\u0000",
  [],
  {},
  [[]],
  [1e9, 1e9],
  { a: { b: [] } },
];

const changeAt = ({ owner, key }: Slot, chance: Chance): void => {
  const before = owner[key];
  switch (chance.below(7)) {
    case 0:
      delete owner[key];
      return;
    case 1:
      owner[key] = chance.pick(others);
      return;
    case 2:
      owner[chance.pick(["extra", "__proto__", "constructor", `${key}_`, key.slice(1)])] = before;
      delete owner[key];
      return;
    case 3:
      owner[key] = "x".repeat(chance.pick([1, 1000, 1_000_000]));
      return;
    case 4:
      owner[key] = typeof before === "number" ? before + chance.pick([-1, 1, 2, -before - 1]) : String(before);
      return;
    default:
      owner[key] = chance.pick(numbers);
  }
};

/** Changes, removes or retypes a field or two; what is no JSON comes back as it is. */
export const damageJson = (text: string, chance: Chance): string => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  for (let change = 0; change <= chance.below(2); change++) {
    const slots = slotsOf(value);
    if (slots.length === 0) break;
    // Half of the changes hit the outer fields, of which there are few.
    changeAt(chance.once(2) ? chance.pick(slots) : chance.pick(slots.filter(({ owner }) => owner === value)), chance);
  }
  // Numbers beyond what JSON.stringify writes, and one name twice, are written by hand.
  const written = JSON.stringify(value);
  if (chance.once(20)) return written.replace(/\d+/, "1e999");
  return chance.once(20) ? written.replace("{", '{"x":1,"x":2,') : written;
};
