/** A registry on loopback that speaks npm's search, scripted by a test. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One package as a registry's search gives it. */
export interface FoundPackage {
  readonly name: string;
  readonly version?: string;
  readonly [key: string]: unknown;
}

export interface TestRegistry {
  /** With a final slash. */
  readonly url: string;
  /** Method-less lines of what was asked: path and authorization. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, path: URL) => void;

/** Starts a server that answers as told. */
export async function serve(answer: Answer, below = ""): Promise<TestRegistry> {
  const requests: TestRegistry["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", authorization: request.headers.authorization });
    answer(request, response, new URL(request.url ?? "", "http://registry"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${below}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/**
 * A registry that looks for words as npm's does: `keywords:` and the words after it. What single packages say is under
 * their names.
 */
export function npmRegistry(
  packages: readonly FoundPackage[],
  versions: Readonly<Record<string, unknown>> = {},
  below = "",
): Promise<TestRegistry> {
  return serve((_, response, { pathname, searchParams }) => {
    const path = pathname.slice(1 + below.length);
    if (!path.startsWith("-/v1/search")) {
      const version = versions[decodeURIComponent(path).replace(/\/[^/]+$/, "")];
      return version === undefined ? json(response, { error: "not found" }, 404) : json(response, version);
    }
    const [first = "", ...words] = (searchParams.get("text") ?? "").split(" ");
    const keyword = first.replace(/^keywords:/, "");
    const objects = packages
      .filter(({ keywords }) => Array.isArray(keywords) && keywords.includes(keyword))
      .filter(({ name, description }) => words.every((word) => `${name} ${String(description)}`.includes(word)))
      .map(({ downloads, ...found }) => ({
        package: { version: "1.0.0", ...found },
        ...(downloads ? { downloads } : {}),
      }));
    return json(response, { objects, total: objects.length, time: "now" });
  }, below);
}
