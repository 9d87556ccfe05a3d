/** Which package manager started this process, and how it installs. After create-vite. */
import { spawn } from "node:child_process";

const known = ["npm", "pnpm", "yarn", "bun"] as const;

export type PackageManager = (typeof known)[number];

/**
 * What package managers say of themselves in the environment of what they start; npm where none does.
 *
 * @param userAgent `npm_config_user_agent`, such as `pnpm/9.1.0 npm/? node/v20.19.0 linux x64`
 */
export function packageManager(userAgent: string | undefined = process.env["npm_config_user_agent"]): PackageManager {
  const name = userAgent?.split("/", 1)[0];
  return known.find((manager) => manager === name) ?? "npm";
}

/** How an installation ended. After an interruption a second one completes it. */
export type InstallOutcome = "installed" | "failed" | "interrupted";

/**
 * Installs what the package in `folder` depends on; what the package manager prints goes to standard error. Ctrl-C ends
 * the package manager and not this process, which can then say what is left; a second one ends it at once.
 */
export async function install(folder: string, manager: PackageManager): Promise<InstallOutcome> {
  // Package managers are .cmd files on Windows, which a shell alone starts; given as one line, as Node.js wants it.
  const isWindows = process.platform === "win32";
  const [program, options] = isWindows ? [`${manager} install`, []] : [manager, ["install"]];
  const child = spawn(program, options, { cwd: folder, stdio: ["ignore", 2, 2], shell: isWindows });
  let signals = 0;
  const pass = (signal: NodeJS.Signals): void => {
    // A terminal tells all processes of a Ctrl-C; others tell the one that they know.
    child.kill(++signals === 1 ? signal : "SIGKILL");
  };
  process.on("SIGINT", pass).on("SIGTERM", pass);
  const succeeded = await new Promise<boolean>((resolve) => {
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
  process.off("SIGINT", pass).off("SIGTERM", pass);
  if (succeeded) return "installed";
  return signals > 0 ? "interrupted" : "failed";
}
