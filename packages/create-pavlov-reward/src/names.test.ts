import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CreateError } from "./create-error.js";
import { readNames } from "./names.js";

const from = join("/", "home", "me", "work");

describe("the names of a plugin", () => {
  test.each([
    ["sql", join(from, "sql"), "pavlov-reward-sql", "sql"],
    ["pavlov-reward-sql", join(from, "pavlov-reward-sql"), "pavlov-reward-sql", "sql"],
    ["rewards/my-reward", join(from, "rewards", "my-reward"), "pavlov-reward-my-reward", "my-reward"],
    ["@acme/sql", join(from, "sql"), "@acme/pavlov-reward-sql", "sql"],
    ["@acme/pavlov-reward-sql", join(from, "pavlov-reward-sql"), "@acme/pavlov-reward-sql", "sql"],
    [".", from, "pavlov-reward-work", "work"],
    [" b2 ", join(from, "b2"), "pavlov-reward-b2", "b2"],
  ])("%s", (given, folder, packageName, namespace) => {
    expect(readNames(given, from)).toEqual({ folder, packageName, namespace });
  });

  test.each([
    ["MyReward", 'Did you mean "my-reward"?'],
    ["my_reward", 'Did you mean "my-reward"?'],
    ["my reward!", 'Did you mean "my-reward"?'],
    ["größe", 'Did you mean "gro-e"?'],
    ["Überlänge", 'Did you mean "uberlange"?'],
    ["2fast", 'Did you mean "fast"?'],
    ["pavlov-reward-", "Write one such as sql"],
    ["…", "Write one such as sql"],
    ["", "Write one such as sql"],
    ["@acme/", "Write one such as sql"],
    ["@Acme/sql", "Write it like @acme/sql"],
    ["@/sql", "Write it like @acme/sql"],
    ["pavlov", "Choose another name"],
    ["pavlov-reward-pavlov", "Choose another name"],
    ["a".repeat(300), "choose a shorter one"],
  ])("%s is refused with what to write instead", (given, hint) => {
    const attempt = () => readNames(given, from);
    expect(attempt).toThrow(CreateError);
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });
});
