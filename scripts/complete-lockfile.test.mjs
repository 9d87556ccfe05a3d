import { describe, expect, it } from "vitest";
import { missingEntries, platformOf } from "./complete-lockfile.mjs";

describe("platformOf", () => {
  it.each([
    ["@turbo/windows-64", { os: "win32", cpu: "x64", libc: undefined }],
    ["@oxlint/binding-linux-arm64-musl", { os: "linux", cpu: "arm64", libc: "musl" }],
    ["@oxlint/binding-linux-x64-gnu", { os: "linux", cpu: "x64", libc: "glibc" }],
    ["@oxlint/binding-win32-x64-msvc", { os: "win32", cpu: "x64", libc: undefined }],
    ["@oxlint-tsgolint/darwin-arm64", { os: "darwin", cpu: "arm64", libc: undefined }],
    ["@rolldown/binding-wasm32-wasi", undefined],
    ["fsevents", undefined],
  ])("of %s", (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });
});

describe("missingEntries", () => {
  const tool = { dev: true, optionalDependencies: { "@tool/darwin-arm64": "1.2.3", "@tool/linux-x64": "1.2.3" } };

  it("names the platforms that npm left out", () => {
    const packages = { "": {}, "node_modules/tool": tool, "node_modules/@tool/linux-x64": {} };
    expect(missingEntries(packages)).toEqual({
      "node_modules/@tool/darwin-arm64": {
        version: "1.2.3",
        cpu: ["arm64"],
        dev: true,
        optional: true,
        os: ["darwin"],
      },
    });
  });

  it("finds what is locked beside the package or further up", () => {
    const nested = "node_modules/outer/node_modules/tool";
    const locked = {
      [`${nested}/node_modules/@tool/linux-x64`]: {},
      "node_modules/outer/node_modules/@tool/darwin-arm64": {},
    };
    expect(missingEntries({ [nested]: tool, ...locked })).toEqual({});
  });

  it("leaves alone what is no fixed version or no platform", () => {
    const optionalDependencies = { fsevents: "2.3.3", "@tool/linux-x64": "^1.0.0" };
    expect(missingEntries({ "node_modules/tool": { optionalDependencies } })).toEqual({});
  });
});
