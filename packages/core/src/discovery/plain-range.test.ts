import fc from "fast-check";
import semver from "semver";
import { expect, test } from "vitest";
import { isPlainlyIn } from "./plain-range.js";

test.each([
  ["1.2.3", "^1.2.0"],
  ["0.1.5", "^0.1.0"],
  ["4.6.7", ">=4.2.0"],
  ["0.0.3", "^0.0.3"],
  ["1.0.0", "1.0.0"],
])("%s is in %s", (version, range) => {
  expect(isPlainlyIn(version, range)).toBe(true);
});

test.each([
  ["2.0.0", "^1.2.0"],
  ["0.2.0", "^0.1.0"],
  ["0.0.4", "^0.0.3"],
  ["1.1.9", "^1.2.0"],
  ["1.2.3-beta.1", "^1.2.0"],
  ["1.2.3", "1.x || >=2"],
  ["1.2.3", "workspace:*"],
  ["an unknown version", "^1.0.0"],
])("%s and %s are for semver to judge", (version, range) => {
  expect(isPlainlyIn(version, range)).toBe(false);
});

test("what it finds in a range, semver does as well, and the other way about for plain ones", () => {
  const part = fc.integer({ min: 0, max: 3 });
  const version = fc.tuple(part, part, part).map((parts) => parts.join("."));
  fc.assert(
    fc.property(version, version, fc.constantFrom("", "^", ">="), (given, least, sign) => {
      expect(isPlainlyIn(given, sign + least)).toBe(semver.satisfies(given, sign + least, { includePrerelease: true }));
    }),
    { numRuns: 2000, seed: 1 },
  );
});
