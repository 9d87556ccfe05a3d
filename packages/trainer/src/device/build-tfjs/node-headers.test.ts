import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findNodeHeaders } from "./node-headers.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-headers-"));
});
afterEach(() => rm(folder, { recursive: true }));

const headersIn = async (...path: string[]): Promise<string> => {
  const headers = join(folder, ...path);
  await mkdir(headers, { recursive: true });
  await writeFile(join(headers, "node_api.h"), "");
  return headers;
};

test("finds headers beside the executable before those of the system", async () => {
  const system = await headersIn("system");
  const places = { executable: join(folder, "node", "bin", "node"), configured: "", ofSystem: [system] };
  expect(findNodeHeaders(places)).toBe(system);
  const beside = await headersIn("node", "include", "node");
  expect(findNodeHeaders(places)).toBe(beside);
});

test("takes those that npm's setting nodedir names before all others", async () => {
  const headers = await headersIn("source", "include", "node");
  expect(findNodeHeaders({ configured: join(folder, "source") })).toBe(headers);
});

test("says where they can be had from where there are none", () => {
  const places = { executable: join(folder, "bin", "node"), configured: "", ofSystem: [] };
  expect(() => findNodeHeaders(places)).toThrow(/was installed without its headers: node_api\.h/);
});
