import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tinyAdapter } from "./lora.test.fixture.js";
import { saveAdapter } from "./save-adapter.js";

test("an adapter that has no room on the disk is refused before anything is written, and the old one stays", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-adapter-room-"));
  try {
    const { adapter, model } = await tinyAdapter(folder);
    const before = await readdir(adapter);
    const huge = { shape: [2 ** 30, 2 ** 20], data: new Float32Array(1) };
    const options = { parameters: { "q.lora_A.weight": huge }, configJson: {}, tokenizer: model, source: null };
    await expect(saveAdapter(adapter, options)).rejects.toThrow(
      /since the disk has too little room: [\d,.]+ MB are free, 4,294,967,296 MB needed/,
    );
    expect(await readdir(adapter)).toEqual(before);
    expect((await readdir(folder)).toSorted()).toEqual(["adapter", "base"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
