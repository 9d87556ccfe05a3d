import { describe, expect, test } from "vitest";
import type { Reward } from "../reward.js";
import { parseFixtures } from "./read-fixtures.js";
import { endsWith, ofText, shortest } from "./rewards.test.support.js";
import { runFixture } from "./run-fixture.js";
import { changesOf, updateFixtures } from "./update-fixtures.js";

const length = ofText(({ length: characters }) => Math.min(1, characters / 10));

/** The text after everything that differs was recorded. */
async function recorded(reward: Reward, text: string, path = "/x.jsonl"): Promise<string> {
  const fixtures = await parseFixtures(text, path);
  const results = await Promise.all(fixtures.map((fixture) => runFixture(reward, fixture)));
  return updateFixtures(
    text,
    path,
    results.flatMap((result, row) => changesOf(result, row)),
  );
}

describe("JSON Lines", () => {
  test("keep everything but the value that changes", async () => {
    const text =
      '\ufeff{ "score" : 0.5,  "completion":"aa" }\r\n\r\n{"completion":"","score":0}\r\n{"completion":"a","score":[0.2, 0.3],"name":"b"}';
    expect(await recorded(length, text)).toBe(text.replace("0.5", "0.2").replace("[0.2, 0.3]", "0.1"));
  });

  test("reasons and metrics where the row has them", async () => {
    const row = '{"completion":"a","columns":{"word":"b"},"score":0,"reason":"r","metrics":{"characters":2, "x":1}}\n';
    expect(await recorded(endsWith, row)).toBe(
      '{"completion":"a","columns":{"word":"b"},"score":0,"reason":"looked for b","metrics":{"characters":1}}\n',
    );
  });

  test("each sample of a group, of one too", async () => {
    const text =
      '{"group":[{"completion":"aa","score":1},{"completion":"a","score":1}]}\n{"group":[{"completion":"b","score":0}]}';
    expect(await recorded(shortest, text)).toBe(
      '{"group":[{"completion":"aa","score":0},{"completion":"a","score":1}]}\n{"group":[{"completion":"b","score":1}]}',
    );
  });

  test("an abstention is recorded, and an error or a pair is not", async () => {
    const abstains = ofText(() => null);
    expect(await recorded(abstains, '{"completion":"a","score":1}')).toBe('{"completion":"a","score":null}');
    const others =
      '{"completion":"a","score":1}\n{"completion":"a","error":"e"}\n{"better":{"completion":"a"},"worse":{"completion":"aa"}}';
    const throws = ofText(() => {
      throw new Error("no");
    });
    expect(await recorded(throws, others)).toBe(others);
    expect(await recorded(length, others)).toBe(others.replace('"score":1', '"score":0.1'));
  });
});

describe("YAML", () => {
  test("keeps comments, the order of keys and the style of everything else", async () => {
    const text = `\ufeff# Lengths\n- score: 0.5 # half\n  completion: "aa"   # two\n\n- { completion: a, score: 1 , name: 'flow' }\n- completion: aaa\n  score:\n    - 0\n    - 0.1\n  name: range\n`;
    expect(await recorded(length, text, "/x.yaml")).toBe(
      text.replace("0.5 #", "0.2 #").replace("score: 1 ,", "score: 0.1 ,").replace("    - 0\n    - 0.1\n", "    0.3\n"),
    );
  });

  test("a text over several lines becomes one in quotes", async () => {
    const text = "- completion: a\n  columns: { word: b }\n  score: 0\n  reason: |\n    two\n    lines\n  name: n\n";
    expect(await recorded(endsWith, text, "/x.yml")).toBe(
      '- completion: a\n  columns: { word: b }\n  score: 0\n  reason: "looked for b"\n  name: n\n',
    );
  });

  test("a score that comes from elsewhere is not replaced", async () => {
    const text = "- &base\n  name: a\n  completion: a\n  score: 0.1\n- <<: *base\n  name: b\n  completion: aa\n";
    await expect(recorded(length, text, "/x.yaml")).rejects.toThrow(
      'The fixture "b" of /x.yaml has no score of its own',
    );
  });
});
