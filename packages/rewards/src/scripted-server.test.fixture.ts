// A real HTTP server on loopback that answers as a test says: well, badly, late, half, or never.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as the server got it. */
export interface ReceivedRequest {
  /** From 1. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** What the server does: sends an answer (text as it is, all else as JSON), sends half of it, or nothing ever. */
export type ScriptedAnswer =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | "silence"
  | "close"
  | "close half way";

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
}

/** A server that ends with its test. */
export async function startServer(
  answer: (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>,
): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const { method = "", url = "", headers } = request;
      const received = { number: requests.length + 1, method, path: url, headers, body };
      requests.push(received);
      send(response, await answer(received));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = (await request.setEncoding("utf8").toArray()).join("");
  return JSON.parse(text) as unknown;
}

function send(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === "silence") return;
  if (answer === "close") {
    response.destroy();
    return;
  }
  if (answer === "close half way") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"choices":[{"mess', () => response.destroy());
    return;
  }
  const { status = 200, headers = {}, body = "" } = answer;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
