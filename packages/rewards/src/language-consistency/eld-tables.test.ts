import { expect, it } from "vitest";
import { readEldTables } from "./eld-tables.js";

const file = (ngrams: string) =>
  `/* A comment. */\nexport const ngramsData = {type:'S2',languages:{0:'de',1:'en'},isSubset:false,ngrams:${ngrams}};`;

it("reads the tables as the program that they are", () => {
  const read = readEldTables(file(String.raw`{' the':{1:9},'a\'b\\':{0:1,1:2},_ab:{0:3},12:{1:9}}`));
  expect(read?.languages).toEqual({ 0: "de", 1: "en" });
  expect([...(read?.scores ?? [])]).toEqual([1, 9, 0, 1, 1, 2, 0, 3]);
  expect(Object.fromEntries(read?.places ?? [])).toEqual({
    " the": 1,
    "a'b\\": 2 * 256 + 2,
    _ab: 6 * 256 + 1,
    12: 1,
  });
});

it.each([
  ["another form", "export const tables = new Map();"],
  ["an entry of another form", file("{ab:{0:1},cd:[2]}")],
  ["a file that is cut off", file("{ab:{0:1},cd:{1:2}}").slice(0, -3)],
  ["a score that is no byte", file("{ab:{0:256}}")],
])("leaves %s alone", (_, source) => {
  expect(readEldTables(source)).toBeUndefined();
});
