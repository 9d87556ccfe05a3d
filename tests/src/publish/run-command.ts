/** Runs programs as a user would type them, in a folder of theirs, without what `npm run` put into the environment. */
import { spawn } from "node:child_process";

/** What a program left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed. Default: five minutes. */
  readonly timeout?: number;
}

/** Variables that `npm run` sets for the package that it runs in, and that would mislead an npm in another folder. */
const ofThisRun =
  /^(npm_(package|lifecycle|command|execpath|node_execpath|config_(local_prefix|prefix|noproxy|node_gyp))|INIT_CWD)/;

function userEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name, value]) => value !== undefined && !ofThisRun.test(name));
  return {
    ...(Object.fromEntries(entries) as Record<string, string>),
    NO_COLOR: "1",
    npm_config_update_notifier: "false",
  };
}

/** Runs one program to its end, whatever its exit code. */
export async function run(program: string, args: readonly string[], options: CommandOptions): Promise<Finished> {
  const { cwd, env = {}, timeout = 300_000 } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...userEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The same for a program that must succeed. Rejects with all that it printed where it does not. */
export async function mustRun(program: string, args: readonly string[], options: CommandOptions): Promise<Finished> {
  const finished = await run(program, args, options);
  if (finished.code === 0) return finished;
  throw new Error(`${program} ${args.join(" ")} ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`);
}
