import { describe, expect, test } from "vitest";
import type { Tree } from "./cache.js";
import { readCard } from "./dataset-card.js";
import { chooseFiles, type ChosenFiles } from "./dataset-files.js";

const treeOf = (paths: readonly string[]): Tree =>
  new Map(paths.map((path) => [path, { path, size: 1, blobId: "0".repeat(40) }]));

const choose = async (
  paths: readonly string[],
  wanted: { readonly config?: string; readonly splits?: readonly string[]; readonly card?: string } = {},
): Promise<Pick<ChosenFiles, "config" | "note"> & { files: string[] }> => {
  const card = await readCard(wanted.card === undefined ? "" : `---\n${wanted.card}\n---\n# Rows`, "acme/rows");
  const choice = { id: "acme/rows", config: wanted.config, splits: wanted.splits ?? ["train"] };
  const { config, files, note } = await chooseFiles(treeOf(paths), card, choice);
  return { config, files: files.map(({ path }) => path), ...(note === undefined ? {} : { note }) };
};

const gsm8k = ["README.md", "main/test-00000-of-00001.parquet", "main/train-00000-of-00001.parquet"].concat([
  "socratic/test-00000-of-00001.parquet",
  "socratic/train-00000-of-00001.parquet",
]);
const gsm8kCard = `
configs:
- config_name: main
  data_files:
  - { split: train, path: main/train-* }
  - { split: test, path: main/test-* }
- config_name: socratic
  data_files:
  - { split: train, path: socratic/train-* }
  - { split: test, path: socratic/test-* }`;

describe("a card that declares files", () => {
  test("gives those of the split; of several configurations without a default, main is taken and said", async () => {
    const chosen = await choose(gsm8k, { card: gsm8kCard });
    expect(chosen).toMatchObject({ config: "main", files: ["main/train-00000-of-00001.parquet"] });
    expect(chosen.note).toBe(
      "acme/rows has the configurations main, socratic; taking main. Another one: dataset: { path: acme/rows, config: … }.",
    );
    expect(await choose(gsm8k, { card: gsm8kCard, config: "socratic", splits: ["test"] })).toEqual({
      config: "socratic",
      files: ["socratic/test-00000-of-00001.parquet"],
    });
  });

  test("may mark a default, give one pattern, a list or a map, and name a folder", async () => {
    const files = ["a/train.jsonl", "b/one.csv", "b/two.csv", "b/deep/three.csv", "c/train.jsonl", "c/test.jsonl"];
    const card = `
configs:
- config_name: a
  data_files: a/train.jsonl
- config_name: b
  default: true
  data_files: ["b/*.csv"]
- config_name: all
  data_files: { train: "b/**", dev: a/train.jsonl }
- config_name: c
  data_dir: c`;
    expect((await choose(files, { card })).files).toEqual(["b/one.csv", "b/two.csv"]);
    expect((await choose(files, { card, config: "a" })).files).toEqual(["a/train.jsonl"]);
    expect((await choose(files, { card, config: "all" })).files).toEqual([
      "b/deep/three.csv",
      "b/one.csv",
      "b/two.csv",
    ]);
    expect((await choose(files, { card, config: "all", splits: ["dev"] })).files).toEqual(["a/train.jsonl"]);
    expect((await choose(files, { card, config: "c", splits: ["test"] })).files).toEqual(["c/test.jsonl"]);
  });

  test("names what it has where something else is asked for, and the nearest", async () => {
    await expect(choose(gsm8k, { card: gsm8kCard, config: "mian" })).rejects.toMatchObject({
      message: "The dataset acme/rows has no configuration mian; it has: main, socratic.",
      hint: "Did you mean main?",
    });
    await expect(choose(gsm8k, { card: gsm8kCard, splits: ["validation"] })).rejects.toMatchObject({
      message: "The dataset acme/rows has no split validation; it has: train, test.",
      hint: "Name one: dataset: { path: acme/rows, split: train }.",
    });
    const card = "configs:\n- { config_name: de, data_files: de.csv }\n- { config_name: fr, data_files: fr.csv }";
    await expect(choose(["de.csv", "fr.csv"], { card })).rejects.toMatchObject({
      message: "The dataset acme/rows has several configurations; it has: de, fr.",
      hint: "Choose one: dataset: { path: acme/rows, config: de }.",
    });
  });

  test("with YAML that cannot be read is named", async () => {
    await expect(choose([], { card: "configs: [" })).rejects.toThrow(
      "The card of the dataset acme/rows (README.md) begins with YAML that cannot be read.",
    );
  });

  test("without configurations leaves the choice to the names", async () => {
    expect((await choose(["train.jsonl"], { card: "license: mit" })).files).toEqual(["train.jsonl"]);
  });
});

describe("without a card, by the usual names", () => {
  test.each<[string, string[], string, string[]]>([
    [
      "shards",
      ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"],
      "train",
      ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
    ],
    ["files", ["train.jsonl", "test.jsonl"], "test", ["test.jsonl"]],
    ["words in names", ["gsm_train_v2.csv", "gsm-dev.csv"], "validation", ["gsm-dev.csv"]],
    ["folders", ["train/a.csv", "train/b.csv", "eval/c.csv"], "test", ["eval/c.csv"]],
    [
      "any split of shards",
      ["data/aime2024-00000-of-00001.parquet"],
      "aime2024",
      ["data/aime2024-00000-of-00001.parquet"],
    ],
    ["no split at all", ["problems.csv", "README.md"], "train", ["problems.csv"]],
    ["several formats", ["train.csv", "train.jsonl", "train.parquet"], "train", ["train.parquet"]],
    ["what is no data", ["dataset_infos.json", ".cache/train.json", "train.json"], "train", ["train.json"]],
  ])("%s", async (_, paths, split, expected) => {
    expect((await choose(paths, { splits: [split] })).files).toEqual(expected);
  });

  test("folders of the same split are configurations", async () => {
    const paths = gsm8k.slice(1);
    expect(await choose(paths)).toMatchObject({ config: "main", files: ["main/train-00000-of-00001.parquet"] });
    expect((await choose(paths, { config: "socratic" })).files).toEqual(["socratic/train-00000-of-00001.parquet"]);
    await expect(choose(["de/train.csv", "fr/train.csv"])).rejects.toThrow("several configurations; it has: de, fr.");
  });

  test("the first split that is there is taken of several that will do", async () => {
    expect((await choose(["train.csv", "validation.csv"], { splits: ["test", "validation"] })).files).toEqual([
      "validation.csv",
    ]);
  });

  test("a repository of a program points to what the hub has converted", async () => {
    await expect(choose(["README.md", "rows.py"])).rejects.toMatchObject({
      message: "The dataset acme/rows has no files that can be read (.parquet, .jsonl, .ndjson, .json, .csv, .tsv).",
      hint: expect.stringContaining("revision: refs/convert/parquet"),
    });
    expect((await choose(["default/train/0000.parquet", "default/test/0000.parquet"])).files).toEqual([
      "default/train/0000.parquet",
    ]);
  });
});
