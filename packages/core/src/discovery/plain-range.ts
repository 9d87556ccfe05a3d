/** Whether a version is in one of the usual ranges, without a library being loaded for it: semver judges all others. */

/** `1.2.3`, without what stands after it. */
const plainVersion = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/;
const plainRange = /^(\^|>=)?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/;

type Version = readonly [number, number, number];

/** True where the version is in the range beyond doubt. False does not mean that it is not. */
export function isPlainlyIn(version: string, range: string): boolean {
  const given = numbersOf(plainVersion.exec(version)?.slice(1));
  const [, sign, ...parts] = plainRange.exec(range) ?? [];
  const least = numbersOf(parts);
  if (given === undefined || least === undefined) return false;
  const order = compare(given, least);
  if (sign === undefined) return order === 0;
  if (order < 0) return false;
  if (sign === ">=") return true;
  // A caret keeps the first number that is not 0.
  const kept = least.findIndex((part) => part !== 0);
  return least.slice(0, kept === -1 ? 3 : kept + 1).every((part, index) => part === given[index]);
}

function numbersOf(parts: readonly string[] | undefined): Version | undefined {
  const [major, minor, patch] = (parts ?? []).map(Number);
  return major === undefined || minor === undefined || patch === undefined ? undefined : [major, minor, patch];
}

function compare(left: Version, right: Version): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
