import { expect, test } from "vitest";
import { errorMessage, PavlovError } from "./error.js";

test("carries its hint, location and cause", () => {
  const cause = new Error("inner");
  const error = new PavlovError("Wrong.", {
    hint: "Mend it.",
    location: { file: "a.yaml", line: 3, column: 5 },
    cause,
  });
  expect(error).toMatchObject({
    name: "PavlovError",
    message: "Wrong.",
    hint: "Mend it.",
    location: { file: "a.yaml", line: 3, column: 5 },
    cause,
  });
});

test("has no hint, location or cause where none was given", () => {
  const error = new PavlovError("Wrong.");
  expect(Object.keys(error)).not.toContain("hint");
  expect(Object.keys(error)).not.toContain("location");
  expect("cause" in error).toBe(false);
});

test("is recognized across installed copies of the package", async () => {
  const copy = "./error.js?copy";
  const other = (await import(/* @vite-ignore */ copy)) as { readonly PavlovError: typeof PavlovError };
  expect(other.PavlovError).not.toBe(PavlovError);
  const error = new other.PavlovError("Wrong.");
  expect(error instanceof PavlovError).toBe(false);
  expect(PavlovError.isInstance(error)).toBe(true);
});

test("is not any other error or value", () => {
  for (const value of [new Error("x"), { message: "x" }, null, undefined, "x"]) {
    expect(PavlovError.isInstance(value)).toBe(false);
  }
});

test("takes a sentence from anything thrown", () => {
  expect(errorMessage(new TypeError("bad"))).toBe("bad");
  expect(errorMessage(new TypeError(""))).toBe("TypeError");
  expect(errorMessage("text")).toBe("text");
  expect(errorMessage(3)).toBe("number 3 was thrown");
});
