/** Random damage to a checkpoint folder: what disks, downloads, hands and scripts do to files. */
import { copyFile, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chance } from "./chance.js";
import { damageJson } from "./damage-json.js";

/** One kind of damage. Returns what it did, null where the folder has nothing that it could damage. */
type Damage = (folder: string, chance: Chance) => Promise<string | null>;

const pickFile = async (folder: string, chance: Chance, ending = ""): Promise<string | null> => {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).filter((name) => name.endsWith(ending));
  return names.length === 0 ? null : chance.pick(names.toSorted());
};

/** Damage to the bytes of one file. */
const toFile =
  (ending: string, what: string, change: (bytes: Buffer, chance: Chance) => Buffer): Damage =>
  async (folder, chance) => {
    const file = await pickFile(folder, chance, ending);
    if (file === null) return null;
    const bytes = await readFile(join(folder, file));
    await writeFile(join(folder, file), change(bytes, chance));
    return `${file}: ${what}`;
  };

const flipBytes = (bytes: Buffer, chance: Chance, within = bytes.length): Buffer => {
  for (let flip = 0; flip <= chance.below(8) && bytes.length > 0; flip++) {
    bytes[chance.below(Math.min(within, bytes.length))] = chance.below(256);
  }
  return bytes;
};

const flipCharacters = (bytes: Buffer, chance: Chance): Buffer => {
  const likely = Buffer.from('0123456789-.,:"[]{}etrufalsn \\');
  for (let flip = 0; flip <= chance.below(3) && bytes.length > 0; flip++) {
    bytes[chance.below(bytes.length)] = likely[chance.below(likely.length)] as number;
  }
  return bytes;
};

/** The header's length, a number that is next to it, or one that no file has. */
const changeHeaderLength = (bytes: Buffer, chance: Chance): Buffer => {
  if (bytes.length < 8) return bytes;
  const length = bytes.readBigUInt64LE();
  const lengths = [0n, 1n, length - 1n, length + 8n, 100_000_000n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n];
  bytes.writeBigUInt64LE(BigInt.asUintN(64, chance.pick(lengths)));
  return bytes;
};

/** Rewrites the header of a safetensors file, leaving its data alone. */
const changeHeader = (bytes: Buffer, chance: Chance): Buffer => {
  const end = bytes.length < 8 ? 0 : 8 + Number(bytes.readBigUInt64LE());
  if (end === 0 || end > bytes.length) return bytes;
  const header = Buffer.from(damageJson(bytes.subarray(8, end).toString(), chance));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([start, header, bytes.subarray(end)]);
};

const fillWithNonsense = (bytes: Buffer, chance: Chance): Buffer => {
  const value = chance.pick([0xff, 0x7f, 0x00, 0x80]);
  const begin = chance.below(bytes.length + 1);
  return bytes.fill(value, begin, Math.min(bytes.length, begin + 2 ** chance.below(14)));
};

const odd = (chance: Chance): Buffer =>
  chance.pick([
    Buffer.alloc(0),
    Buffer.from("null"),
    Buffer.from("[".repeat(100_000)),
    Buffer.from(`{"a":`.repeat(50_000)),
    Buffer.from("\uFEFF{}"),
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    Buffer.from("<!doctype html><title>404</title>"),
  ]);

const kinds: readonly Damage[] = [
  toFile("", "bytes changed", (bytes, chance) => flipBytes(bytes, chance)),
  toFile(".safetensors", "bytes of the start changed", (bytes, chance) => flipBytes(bytes, chance, 16)),
  toFile(".safetensors", "bytes filled", fillWithNonsense),
  toFile(".safetensors", "header length changed", changeHeaderLength),
  toFile(".safetensors", "header changed", changeHeader),
  toFile(".safetensors", "header changed", changeHeader),
  toFile("", "cut", (bytes, chance) => bytes.subarray(0, chance.below(bytes.length + 1))),
  toFile("", "lengthened", (bytes, chance) => Buffer.concat([bytes, Buffer.alloc(1 + chance.below(64), 0x20)])),
  toFile("", "replaced", (_, chance) => odd(chance)),
  toFile(".json", "characters changed", flipCharacters),
  toFile(".json", "a field changed", (bytes, chance) => Buffer.from(damageJson(bytes.toString(), chance))),
  toFile("config.json", "a field changed", (bytes, chance) => Buffer.from(damageJson(bytes.toString(), chance))),
  toFile("tokenizer.json", "a field changed", (bytes, chance) => Buffer.from(damageJson(bytes.toString(), chance))),
  toFile("index.json", "a field changed", (bytes, chance) => Buffer.from(damageJson(bytes.toString(), chance))),
  toFile(".jinja", "characters changed", (bytes, chance) => {
    const likely = Buffer.from("{%}|'(+<> endif");
    bytes[chance.below(bytes.length)] = likely[chance.below(likely.length)] as number;
    return bytes;
  }),
  async (folder, chance) => {
    const file = await pickFile(folder, chance);
    if (file === null) return null;
    await rm(join(folder, file));
    return `${file}: removed`;
  },
  async (folder, chance) => {
    const [from, to] = [await pickFile(folder, chance), await pickFile(folder, chance)];
    if (from === null || to === null || from === to) return null;
    await copyFile(join(folder, from), join(folder, to));
    return `${to}: replaced by ${from}`;
  },
  async (folder, chance) => {
    const [first, second] = [
      await pickFile(folder, chance, ".safetensors"),
      await pickFile(folder, chance, ".safetensors"),
    ];
    if (first === null || second === null || first === second) return null;
    await rename(join(folder, first), join(folder, "exchange"));
    await rename(join(folder, second), join(folder, first));
    await rename(join(folder, "exchange"), join(folder, second));
    return `${first} and ${second}: exchanged`;
  },
  async (folder, chance) => {
    const file = await pickFile(folder, chance);
    if (file === null) return null;
    await rm(join(folder, file));
    if (chance.once(2)) await mkdir(join(folder, file));
    else await symlink(file, join(folder, file));
    return `${file}: no longer a file`;
  },
];

/** Damages a folder in one to three ways. Returns what was done. */
export const damage = async (folder: string, chance: Chance): Promise<string> => {
  const done: string[] = [];
  const wanted = 1 + (chance.once(3) ? 1 + chance.below(2) : 0);
  for (let attempt = 0; done.length < wanted && attempt < 100; attempt++) {
    const what = await chance.pick(kinds)(folder, chance);
    if (what !== null) done.push(what);
  }
  return done.join("; ");
};
