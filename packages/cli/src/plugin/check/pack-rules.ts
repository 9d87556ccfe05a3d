/** What npm would publish: whether all that is needed is there, and nothing that is secret. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { findFixtures } from "@pavlov/core/testing";
import { exportTargets } from "../entry-points.js";
import type { Finding } from "../finding.js";
import { hasFile, type PluginFolder } from "../plugin-folder.js";

/** Paths from the package's folder. */
export type PackedFiles = readonly string[];

/** Files that hold secrets as a rule. `.env.example` and the like are meant to be read. */
const secret = [
  /(^|\/)\.env(\.(?!example$|sample$|template$)[\w.-]+)?$/,
  /(^|\/)\.(npmrc|netrc|pypirc|git-credentials)$/,
  /(^|\/)id_(rsa|dsa|ecdsa|ed25519)$/,
  /\.(pem|key|p12|pfx|keystore)$/,
  /(^|\/)(credentials|secrets)(\.(json|ya?ml|toml|ini))?$/,
];

/** The files of the package that `npm pack` would make, or why it would not. No script of the package is run. */
export async function packedFiles({ folder }: PluginFolder): Promise<PackedFiles | Finding> {
  const { code, stdout, stderr } = await runNpm(["pack", "--dry-run", "--json", "--ignore-scripts"], folder);
  const files = code === 0 ? readFileList(stdout) : undefined;
  if (files) return files;
  const details = stderr
    .split("\n")
    .filter((line) => line.startsWith("npm error") && !line.includes("log of this run"));
  const fix = code === null ? "Install npm, which comes with Node.js." : "Mend what npm says.";
  return { rule: "pack", message: "npm pack would fail.", ...(details.length > 0 && { details }), fix };
}

/** @param rewards names, whose fixtures are published */
export async function packFindings(
  plugin: PluginFolder,
  packed: PackedFiles,
  rewards: readonly string[],
): Promise<readonly Finding[]> {
  const { folder, file, manifest } = plugin;
  const findings: Finding[] = [];
  const targets = exportTargets(file.exports).map(({ target }) => target);
  const needed = new Set([...targets, ...(manifest === undefined ? [] : [manifest])].map(plain));
  for (const path of needed) {
    // Patterns stand for files that differ; what is not there has been told.
    if (path.includes("*") || packed.includes(path) || !(await hasFile(plugin, path))) continue;
    const message = `${path} would not be published, and package.json leads to it.`;
    findings.push({ rule: "pack", message, fix: `Add its folder to "files" in package.json.` });
  }
  for (const reward of rewards) {
    const paths = (await findFixtures(folder, reward)).map((path) => plain(relative(folder, path)));
    const missing = paths.filter((path) => !packed.includes(path));
    if (missing.length === 0) continue;
    const message = `${missing.join(", ")} would not be published: fixtures show users what the reward pays for.`;
    findings.push({ rule: "pack", reward, message, fix: 'Add "fixtures" to "files" in package.json.' });
  }
  const secrets = packed.filter((path) => secret.some((pattern) => pattern.test(path)));
  if (secrets.length > 0) {
    const message = `${secrets.join(", ")} would be published, and such files hold secrets.`;
    findings.push({ rule: "secrets", message, fix: 'Let "files" in package.json name only what users need.' });
  }
  return findings;
}

/** The packed files with what is in them, as publint takes them. */
export function readPacked({ folder }: PluginFolder, packed: PackedFiles) {
  return Promise.all(
    packed.map(async (path) => ({ name: `package/${path}`, data: await readFile(join(folder, path)) })),
  );
}

const plain = (path: string): string => path.replaceAll("\\", "/").replace(/^\.\//, "");

/** npm 9 to 11 print a list of packages, and later ones an object of them by name. */
function readFileList(stdout: string): PackedFiles | undefined {
  try {
    const printed = JSON.parse(stdout.slice(stdout.search(/[[{]/))) as object;
    const [first] = Object.values(printed) as { files?: readonly { path: string }[] }[];
    const packed = Array.isArray(printed) || !("files" in printed) ? first : (printed as typeof first);
    return packed?.files?.map(({ path }) => path);
  } catch {
    return undefined;
  }
}

function runNpm(
  options: readonly string[],
  folder: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  // Where npm publish runs this command, its own flags are in the environment.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_config_(dry_run|json|workspaces?)$/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), npm_config_loglevel: "error" };
  // npm is a .cmd file on Windows, which a shell alone starts; given as one line, as Node.js wants it.
  const isWindows = process.platform === "win32";
  const [program, rest] = isWindows ? [["npm", ...options].join(" "), []] : ["npm", options];
  const child = spawn(program, rest, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], shell: isWindows });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on("error", () => resolve({ code: null, stdout, stderr }));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
