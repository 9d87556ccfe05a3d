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

/**
 * Installs what the package in `folder` depends on; what the package manager prints goes to standard error.
 *
 * @returns whether it went well
 */
export async function install(folder: string, manager: PackageManager): Promise<boolean> {
  // Package managers are .cmd files on Windows, which a shell alone starts; given as one line, as Node.js wants it.
  const isWindows = process.platform === "win32";
  const [program, options] = isWindows ? [`${manager} install`, []] : [manager, ["install"]];
  const child = spawn(program, options, { cwd: folder, stdio: ["ignore", 2, 2], shell: isWindows });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}
