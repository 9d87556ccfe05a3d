// What Ctrl-C leaves while a package manager installs: the real command, with a package manager that never ends by itself.
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/create-pavlov-reward.js", import.meta.url));

test.skipIf(process.platform === "win32")("Ctrl-C says what is there and how to go on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-create-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "bin"));
  const manager = join(folder, "bin/npm");
  await writeFile(manager, `#!${process.execPath}\nconsole.log("installing"); setInterval(() => {}, 1000);\n`);
  await chmod(manager, 0o755);
  const PATH = `${join(folder, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH, npm_config_user_agent: "npm/11.0.0" };
  const child = spawn(process.execPath, [bin, "my-reward"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (text.includes("installing")) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(130);
  expect(stdout).toContain("Next:\n  cd my-reward\n  npm install\n");
  expect(stderr).toContain(
    "npm install was stopped. pavlov-reward-my-reward is whole but for what it depends on: " +
      "npm install in its folder goes on, and removing the folder undoes all.",
  );
  expect(await readdir(join(folder, "my-reward"))).toContain("package.json");
});
