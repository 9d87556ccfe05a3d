/** `pavlov doctor`: the built command where nothing but the CPU is, and its report without names. */
import { tmpdir } from "node:os";
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { anonymous } from "../doctor/anonymous.js";
import { isInRange, nodeCheck, npmCheck, packagesCheck, systemCheck } from "../doctor/installation.js";
import { runHere } from "../run-here.test.fixture.js";
import { doctorLines } from "../terminal/doctor.js";

const plain = pc.createColors(false);

test("a machine without a driver trains on the CPU, and the report says why not on a GPU", async () => {
  const environment = { VK_ICD_FILENAMES: "/none.json", VK_DRIVER_FILES: undefined, HF_TOKEN: "hf_secret" };
  const { stdout, code } = await runHere(tmpdir(), ["doctor", "--json"], environment);
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { readonly checks: readonly { readonly id: string; readonly status: string }[] };
  expect(report).toMatchObject({
    pavlov: expect.any(String),
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    trains: true,
    summary: expect.stringMatching(/^Training runs here on /),
    auto: { device: expect.any(String) },
  });
  const statuses = Object.fromEntries(report.checks.map(({ id, status }) => [id, status]));
  expect(statuses).toMatchObject({
    packages: "ok",
    node: "ok",
    system: "info",
    onnxruntime: "ok",
    "provider-cpu": "ok",
  });
  if (process.platform === "linux") expect(statuses["vulkan-drivers"]).toMatch(/problem|missing/);
  expect(stdout).not.toContain("hf_secret");
});

describe("the installation", () => {
  const range = "^20.19 || >=22.12";

  test("has a Node.js in the range that the package names", () => {
    for (const version of ["v20.19.0", "v20.20.2", "v22.12.0", "v24.1.0", "v23.0.0"]) {
      expect([version, isInRange(version, range)]).toEqual([version, true]);
    }
    for (const version of ["v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0"]) {
      expect([version, isInRange(version, range)]).toEqual([version, false]);
    }
    expect(nodeCheck("v18.20.0", range)).toMatchObject({ status: "problem", detail: expect.stringContaining(range) });
  });

  test("has packages of one version, the trainer among them", () => {
    const versions = { "@pavlov/core": "0.2.0", "@pavlov/rewards": "0.2.0", "@pavlov/trainer": "0.2.0" };
    expect(packagesCheck("0.2.0", versions).status).toBe("ok");
    expect(packagesCheck("0.2.0", { ...versions, "@pavlov/trainer": "0.1.0" })).toMatchObject({
      status: "problem",
      fix: "npm install @pavlov/trainer@0.2.0",
    });
    expect(packagesCheck("0.2.0", { ...versions, "@pavlov/trainer": null })).toMatchObject({
      status: "missing",
      fix: "npm install @pavlov/trainer@0.2.0",
    });
  });

  test("may have another package manager than npm, and is told with its distribution", () => {
    expect(npmCheck(null).status).toBe("missing");
    expect(systemCheck('NAME="x"\nPRETTY_NAME="Fedora Linux 41"\n').detail).toMatch(/, Fedora Linux 41$/);
    expect(systemCheck(null).detail).not.toContain(",");
  });
});

describe("a report", () => {
  const hide = anonymous({ home: "/home/ada", user: "ada", host: "lovelace", isWindows: false });

  test.each([
    ["/home/ada/.cache/hub", "~/.cache/hub"],
    ["/home/adam/.cache", "/home/adam/.cache"],
    ["/data/ada/hub on lovelace", "/data/<user>/hub on <host>"],
    ["Canada has adapters", "Canada has adapters"],
  ])("of %s names nobody", (text, shown) => {
    expect(hide(text)).toBe(shown);
  });

  test("keeps names that many machines share", () => {
    const container = anonymous({ home: "/root", user: "root", host: "linux", isWindows: false });
    expect(container("/root/x, linux, root")).toBe("~/x, linux, root");
    const windows = anonymous({ home: "C:\\Users\\Ada", user: "Ada", host: "PC-7", isWindows: true });
    expect(windows("c:/users/ada/x on pc-7")).toBe("~/x on <host>");
  });

  test("is aligned, with what to do below what is missing", () => {
    const checks = [
      {
        id: "a",
        section: "GPU",
        title: "Vulkan loader",
        status: "missing",
        detail: "it is not there",
        fix: "install it",
      },
      { id: "b", section: "GPU", title: "drivers", status: "ok", detail: "one two three four five six seven" },
      { id: "c", section: "Hub", title: "cache", status: "info", detail: "a\u001b[31mb" },
    ] as const;
    expect(doctorLines(checks, 46, plain, false)).toEqual([
      "GPU",
      "  missing  Vulkan loader  it is not there",
      "                          fix: install it",
      "  ok       drivers        one two three four",
      "                          five six seven",
      "",
      "Hub",
      "  info     cache          a\\u{1b}[31mb",
    ]);
    expect(doctorLines(checks, 80, plain, true)).toEqual([
      "  missing  Vulkan loader  it is not there",
      "                          fix: install it",
    ]);
  });
});
