import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PavlovError } from "@pavlov/core";
import { isPluginPackage, readPackageFile } from "@pavlov/core/plugins";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPlugin } from "./create-plugin.js";

const bin = fileURLToPath(new URL("../bin/create-pavlov-reward.js", import.meta.url));
const readJson = async (path: string | URL): Promise<Record<string, Record<string, string>>> =>
  JSON.parse(await readFile(path, "utf8")) as Record<string, Record<string, string>>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-create-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a new plugin", () => {
  test("is what registries and projects know as one", async () => {
    const { folder: made, packageName } = await createPlugin("@acme/my-reward", folder);
    const file = await readPackageFile(made);
    expect(file.name).toBe("@acme/pavlov-reward-my-reward");
    expect(isPluginPackage(packageName, file)).toBe(true);
    expect(file.pavlov).toEqual({ apiVersion: 1, manifest: "./dist/manifest.json" });
    expect(Object.keys(file.peerDependencies)).toEqual(["@pavlov/core", "zod"]);
    expect(file.dependencies).toEqual({});
  });

  test("has no placeholder left, in any file", async () => {
    const { folder: made, files } = await createPlugin("my-reward", folder);
    const texts = await Promise.all(files.map((file) => readFile(join(made, file), "utf8")));
    expect(files.filter((_, index) => /__[A-Z]+__/.test(texts[index] ?? ""))).toEqual([]);
    expect(files).toContain(".gitignore");
    expect(files).toContain(".github/workflows/test.yml");
    expect(texts[files.indexOf("LICENSE")]).toContain("Apache License");
  });

  test("installs what this repository is tested with", async () => {
    const { folder: made } = await createPlugin("my-reward", folder);
    const workspace = await readJson(new URL("../../../package.json", import.meta.url));
    const { version } = await readJson(new URL("../package.json", import.meta.url));
    const { devDependencies } = await readJson(join(made, "package.json"));
    const { typescript, vitest, zod, "@types/node": types } = workspace["devDependencies"] ?? {};
    const own = `^${String(version)}`;
    expect(devDependencies).toEqual({
      "@pavlov/core": own,
      "@types/node": types,
      pavlov: own,
      typescript,
      vitest,
      zod,
    });
  });

  test("is not written over anything", async () => {
    await mkdir(join(folder, "taken"));
    await writeFile(join(folder, "taken", "notes.md"), "mine");
    const attempt = createPlugin("taken", folder);
    await expect(attempt).rejects.toThrow("is not empty: it has notes.md.");
    await expect(attempt).rejects.toSatisfy(PavlovError.isInstance);
    expect(await readdir(join(folder, "taken"))).toEqual(["notes.md"]);
    await createPlugin("begun", folder);
    await expect(createPlugin("begun", folder)).rejects.toMatchObject({
      message: expect.stringMatching(/begun has a package already\.$/) as string,
      hint: expect.stringContaining("To go on with it, install what it depends on") as string,
    });
    await writeFile(join(folder, "file"), "");
    await expect(createPlugin("file", folder)).rejects.toThrow("is there already, and is no folder.");
  });

  test("goes into a new repository, whose license stays", async () => {
    await mkdir(join(folder, "cloned", ".git"), { recursive: true });
    await writeFile(join(folder, "cloned", "LICENSE"), "my own");
    const { files } = await createPlugin("cloned", folder);
    expect(files).not.toContain("LICENSE");
    expect(await readFile(join(folder, "cloned", "LICENSE"), "utf8")).toBe("my own");
  });
});

describe("the command", () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8" });

  test("says where the package is and what to do next", async () => {
    const { stdout, stderr, status } = run("my-reward", "--no-install");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout.split("\n")).toEqual([
      "Made pavlov-reward-my-reward in my-reward: the reward my-reward/score in src/score.ts, its fixtures in fixtures/score.jsonl.",
      "",
      "Next:",
      "  cd my-reward",
      "  npm install",
      "  npm test       try the reward's fixtures, and what every reward must stand",
      "  npm run check  see whether it can be published",
      "  npm publish    after the steps in README.md",
      "",
    ]);
    expect(await readdir(folder)).toEqual(["my-reward"]);
  });

  test("asks nothing with --yes", () => {
    expect(run("--yes", "--no-install").stdout).toContain("Made pavlov-reward-my-reward in my-reward");
  });

  test.each([
    [[], "The package needs a name.", "npm create pavlov-reward my-reward"],
    [["My_Reward"], '"My_Reward" cannot name a plugin', 'Did you mean "my-reward"?'],
    [["one", "two"], "One name is needed, and 2 were given.", "my-reward"],
    [["--force"], "Unknown option '--force'.", "--help"],
  ])("with %j ends with a sentence and a hint", async (args, message, hint) => {
    const { stderr, status } = run(...args);
    const [first, second] = stderr.split("\n");
    expect(first).toContain(`error: ${message}`);
    expect(second).toContain(hint);
    expect(status).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves the package where installing failed, and says so", () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, "my-reward"], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...process.env,
        npm_config_registry: "http://127.0.0.1:9",
        npm_config_fetch_retries: "0",
        npm_config_cache: join(folder, "cache"),
      },
    });
    expect(stdout).toContain("  npm install\n");
    expect(stderr).toContain("npm install failed, as it says above: run it again.");
    expect(status).toBe(1);
  });
});
