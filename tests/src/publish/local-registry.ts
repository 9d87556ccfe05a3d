/** A real npm registry, verdaccio, on the loopback interface, in a folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustRun } from "./run-command.js";

export interface LocalRegistry {
  /** `http://127.0.0.1:4873/` */
  readonly url: string;
  /** What a user who is logged in sends. */
  readonly token: string;
  /** Lines of an .npmrc that log a user in. */
  readonly login: string;
  stop(): Promise<void>;
}

/** The last version for Node 20, with a node-fetch that newer Nodes take without a warning. */
const manifest = { private: true, dependencies: { verdaccio: "6.8.0" }, overrides: { "node-fetch": "2.7.0" } };

/**
 * Installs verdaccio in `folder` and starts it on a free port. It knows only what is published to it: it asks no other
 * registry. Packages of the scope `@acme` are for users who are logged in alone.
 */
export async function startRegistry(folder: string): Promise<LocalRegistry> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  await writeFile(join(folder, "config.yaml"), configFile(folder));
  const server = spawn(
    process.execPath,
    ["node_modules/verdaccio/bin/verdaccio", "--config", "config.yaml", "--listen", `127.0.0.1:${port}`],
    { cwd: folder, stdio: "ignore" },
  );
  const stop = async (): Promise<void> => stopped(server);
  try {
    await untilUp(url, server);
    const token = await addUser(url, "author", "a password of twenty letters");
    return { url, token, login: `//127.0.0.1:${port}/:_authToken=${token}\n`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const configFile = (folder: string): string => `
storage: ${join(folder, "storage")}
auth: { htpasswd: { file: ${join(folder, "htpasswd")}, max_users: 10 } }
uplinks: {}
packages:
  "@acme/*": { access: $authenticated, publish: $authenticated }
  "**": { access: $all, publish: $authenticated }
max_body_size: 100mb
log: { type: stdout, format: pretty, level: error }
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}

async function untilUp(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`verdaccio ended at once with ${server.exitCode}.`);
    const isUp = await fetch(new URL("-/ping", url)).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await sleep(200);
  }
  throw new Error(`verdaccio did not answer at ${url} within a minute.`);
}

/** As `npm adduser` does it. */
async function addUser(url: string, name: string, password: string): Promise<string> {
  const response = await fetch(new URL(`-/user/org.couchdb.user:${name}`, url), {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ _id: `org.couchdb.user:${name}`, name, password, type: "user", roles: [] }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`verdaccio gave no token: ${response.status}.`);
  return token;
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await Promise.race([ended, sleep(5_000).then(() => server.kill("SIGKILL"))]);
}
