/** Starts the service for rewards that ask one, in a process of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts a service that answers every judge's request and every request for scores, and gives its address. */
export const startService = async (): Promise<{ readonly url: string; close(): void }> => {
  const service = fork(fileURLToPath(new URL("hostile-service.js", import.meta.url)));
  const [port] = (await once(service, "message")) as [number];
  return { url: `http://127.0.0.1:${port}`, close: () => service.kill() };
};
