import { describe, expect, test } from "vitest";
import { rowBuilder } from "./build-row.js";
import type { PromptOptions } from "./options.js";

const build = (values: Record<string, unknown>, options: PromptOptions = {}) =>
  rowBuilder(options)({ values, line: 7 }, "data.jsonl");
const user = { role: "user", content: "hello" };
const assistant = { role: "assistant", content: "good day" };

describe("the prompt", () => {
  test("is the column `prompt`, or the one that is named", () => {
    expect(build({ prompt: "a" }).prompt).toBe("a");
    expect(build({ prompt: "a", question: "b" }, { prompt: "question" }).prompt).toBe("b");
  });

  test("is the first that there is of several columns", () => {
    const prompt = ["prompt", "messages", "question"];
    expect(build({ question: "b", problem: "c" }, { prompt }).prompt).toBe("b");
    expect(build({ messages: [user, assistant], question: "b" }, { prompt })).toMatchObject({
      prompt: [user],
      completion: "good day",
    });
    expect(() => build({ problem: "c" }, { prompt })).toThrow('no column "prompt"');
  });

  test("is a conversation where the column holds messages", () => {
    expect(build({ prompt: [user] }).prompt).toEqual([user]);
    expect(build({ chat: [user] }, { messages: "chat" }).prompt).toEqual([user]);
    expect(build({ messages: [user] }).prompt).toEqual([user]);
  });

  test("with a system message is a conversation", () => {
    const system = { role: "system", content: "be brief" };
    expect(build({ prompt: "hello" }, { system: "be brief" }).prompt).toEqual([system, user]);
    expect(build({ prompt: [user] }, { system: "be brief" }).prompt).toEqual([system, user]);
    expect(() => build({ prompt: [system, user] }, { system: "be brief" })).toThrow(
      "data.jsonl:7: the prompt has a system message already",
    );
  });

  test("is written by a template", () => {
    expect(build({ a: 1, b: "2" }, { template: "{{a}} + {{ b }}?" }).prompt).toBe("1 + 2?");
    expect(build({ a: 1 }, { template: "{{a}}", system: "s" }).prompt).toEqual([
      { role: "system", content: "s" },
      { role: "user", content: "1" },
    ]);
  });

  test("that is missing lists the columns and says how to name one", () => {
    expect(() => build({ id: 1, question: "a" })).toThrow(
      'data.jsonl:7: no column "prompt" (the prompt is read from it); this row has: id, question. ' +
        'Name the column: "prompt: question" instead of "prompt"',
    );
    expect(() => build({ question: "a" }, { prompt: "quesion" })).toThrow('"prompt: question" instead of "quesion"');
    expect(() => build({ a: 1, total: 2 }, { template: "{{a}} {{totl}}" })).toThrow(
      'data.jsonl:7: no column "totl" (the template names it); this row has: a, total. Did you mean {{total}}?',
    );
    expect(() => build({}, {})).toThrow("this row has: no columns");
  });

  test("does not take a column's name from JavaScript's own objects", () => {
    expect(() => build({ a: 1 }, { prompt: "constructor" })).toThrow('no column "constructor"');
    expect(() => build({ a: 1 }, { template: "{{toString}}" })).toThrow('no column "toString"');
  });

  test("must be text or messages, and not empty", () => {
    expect(() => build({ prompt: 3 })).toThrow(
      'data.jsonl:7: column "prompt" must hold the prompt as text or as messages, not a number',
    );
    expect(() => build({ prompt: "" })).toThrow("data.jsonl:7: the prompt is empty");
  });

  test("comes from one place only", () => {
    expect(() => rowBuilder({ prompt: "a", template: "{{b}}" })).toThrow("from one of prompt and template");
  });
});

describe("the demonstration", () => {
  test("is the column `completion` where there is one, or the one that is named", () => {
    expect(build({ prompt: "a" })).not.toHaveProperty("completion");
    expect(build({ prompt: "a", completion: "b" }).completion).toBe("b");
    expect(build({ prompt: "a", answer: "b" }, { completion: "answer" }).completion).toBe("b");
    expect(build({ prompt: [user], completion: [assistant] }).completion).toBe("good day");
  });

  test("is the assistant's last message of a conversation, unless a column is named", () => {
    const row = build({ chat: [user, assistant], answer: "c" }, { messages: "chat" });
    expect([row.prompt, row.completion]).toEqual([[user], "good day"]);
    const named = build({ chat: [user, assistant], answer: "c" }, { messages: "chat", completion: "answer" });
    expect([named.prompt, named.completion]).toEqual([[user, assistant], "c"]);
    expect(() => build({ chat: [assistant] }, { messages: "chat" })).toThrow("nothing but the assistant's message");
  });

  test("that is named must be there, as text", () => {
    expect(() => build({ prompt: "a" }, { completion: "answer" })).toThrow('no column "answer"');
    expect(() => build({ prompt: "a", answer: 3 }, { completion: "answer" })).toThrow(
      'column "answer" must hold the completion as text or as one assistant message, not a number',
    );
  });
});

describe("messages", () => {
  test.each([
    ["hello", "must be a list of messages"],
    [[], "has no messages"],
    [[3], "has a number as message 1"],
    [[user, { content: "x" }], "has a message without a role (message 2)"],
    [[{ role: "user", content: null }], "has a message whose content is null (message 1)"],
  ])("%j are refused", (chat, message) => {
    expect(() => build({ chat }, { messages: "chat" })).toThrow(`data.jsonl:7: column "chat" ${message}`);
  });
});

describe("a template", () => {
  test("puts text in as it is, and lists and objects as JSON", () => {
    const row = { a: "$& {{b}}", b: "x", c: [1, 2], d: false };
    expect(build(row, { template: "{{a}}|{{c}}|{{d}}|{{b}}{{b}}" }).prompt).toBe("$& {{b}}|[1,2]|false|xx");
  });

  test("refuses a value that is null", () => {
    expect(() => build({ a: null }, { template: "{{a}}" })).toThrow(
      'data.jsonl:7: column "a" of the template is null in this row',
    );
  });

  test.each([
    ["no column", "names no column"],
    ["{{a", "has a {{ without }}"],
    ["{{ }}", "has {{}} without a column's name"],
  ])("%j is an error", (template, message) => {
    expect(() => rowBuilder({ template })).toThrow(message);
  });
});
