// A server on loopback that speaks the hub's protocol: repositories with commits, pages of a file list, redirects to a
// second server for large files, ranges, tokens, and on request every way in which a network or a hub can fail.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the server saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether the server for large files was asked. */
  readonly isStorage: boolean;
  /** Bytes of the body that were sent. */
  bytes: number;
}

/** What goes wrong with a request. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends nothing more after so many bytes; -1 sends not even headers. */
  readonly stallAfter?: number;
  /** Ends the answer as if it were whole after so many bytes. */
  readonly endAfter?: number;
  /** Sends other bytes of the same number. */
  readonly corrupt?: boolean;
  readonly ignoreRange?: boolean;
}

interface Repository {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly commit: string;
  readonly revisions: readonly string[];
  readonly access: "public" | "gated" | "private";
}

export interface RepositorySettings {
  /** Branches and tags beside `main` that point to the commit. */
  readonly revisions?: readonly string[];
  readonly access?: Repository["access"];
}

/** Files from this size on lie in the storage for large files, with a SHA-256. */
const LARGE = 1000;
const PAGE = 4;

/** Token that may see everything, one that may see nothing gated, and any other is refused. */
export const GOOD_TOKEN = "hf_good";
export const POOR_TOKEN = "hf_poor";

export class HubServer {
  readonly requests: SeenRequest[] = [];
  readonly #repositories = new Map<string, Repository>();
  readonly #servers: Server[] = [];
  #faults: { readonly part: string; readonly fault: Fault; times: number }[] = [];
  #endpoint = "";
  #storage = "";

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    hub.#endpoint = await hub.#listen(false);
    hub.#storage = await hub.#listen(true);
    return hub;
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  /** Adds a commit, which `main` points to from now on. Returns its hash. */
  add(
    type: "model" | "dataset",
    id: string,
    files: Readonly<Record<string, string | Buffer>>,
    settings: RepositorySettings = {},
  ): string {
    const contents = Object.fromEntries(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
    const commit = createHash("sha1")
      .update(id + JSON.stringify(contents))
      .digest("hex");
    const { revisions = [], access = "public" } = settings;
    this.#repositories.set(`${type}s/${id}`, {
      files: contents,
      commit,
      revisions: ["main", commit, ...revisions],
      access,
    });
    return commit;
  }

  /** The next `times` requests whose path contains `part` go wrong. */
  fail(part: string, fault: Fault, times = 1): void {
    this.#faults.push({ part, fault, times });
  }

  /** Forgets what was asked and what was to go wrong. */
  reset(): void {
    this.requests.length = 0;
    this.#faults = [];
  }

  /** Bytes of files that were sent. */
  get fileBytes(): number {
    return this.requests.filter(({ path }) => !path.startsWith("/api/")).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  async #listen(isStorage: boolean): Promise<string> {
    const server = createServer((request, response) => this.#answer(request, response, isStorage));
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse, isStorage: boolean): void {
    const path = request.url ?? "";
    const { range, authorization } = request.headers;
    const seen: SeenRequest = { path, range, authorization, isStorage, bytes: 0 };
    this.requests.push(seen);
    const planned = this.#faults.find(({ part, times }) => times > 0 && path.includes(part));
    if (planned) planned.times--;
    const fault = planned?.fault ?? {};
    if (fault.stallAfter === -1) return;
    if (fault.status !== undefined)
      return send(response, seen, request, Buffer.from(fault.body ?? ""), fault.status, fault.headers ?? {}, {});
    const url = new URL(path, this.#endpoint);
    if (isStorage) return this.#sendBlob(url, request, response, seen, fault);
    if (url.pathname === "/api/models" || url.pathname === "/api/datasets") {
      const kind = url.pathname.slice("/api/".length);
      const ids = [...this.#repositories.keys()]
        .filter((key) => key.startsWith(`${kind}/`))
        .map((key) => key.slice(kind.length + 1));
      const owned = ids.filter((id) => id.startsWith(`${url.searchParams.get("author")}/`));
      return sendJson(
        response,
        seen,
        request,
        owned.map((id) => ({ _id: id, id, author: id.split("/")[0] })),
      );
    }
    const api = /^\/api\/(models|datasets)\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    const file = /^\/(?:(datasets)\/)?(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const [kind, id, what, revision] = api?.slice(1) ?? [file?.[1] ?? "models", file?.[2], "resolve", file?.[3]];
    const repository = this.#repositories.get(`${kind}/${id}`);
    const isKnown =
      authorization === undefined || [GOOD_TOKEN, POOR_TOKEN].includes(authorization.slice("Bearer ".length));
    const isGood = authorization === `Bearer ${GOOD_TOKEN}`;
    const refuse = (status: number, code: string | undefined, message: string): void =>
      sendJson(response, seen, request, { error: message }, status, {
        ...(code ? { "x-error-code": code } : {}),
        "x-error-message": message,
      });
    if (!isKnown) return refuse(401, undefined, "Invalid credentials in Authorization header");
    if (!repository || (repository.access === "private" && !isGood)) {
      return authorization === undefined
        ? refuse(401, undefined, "Invalid username or password.")
        : refuse(404, "RepoNotFound", "Repository not found");
    }
    const wanted = decodeURIComponent(revision ?? "");
    if (!repository.revisions.includes(wanted)) return refuse(404, "RevisionNotFound", `Invalid rev id: ${wanted}`);
    if (what === "revision") return sendJson(response, seen, request, { _id: "1", id, sha: repository.commit });
    if (what === "tree") return this.#sendTree(url, repository, request, response, seen);
    if (repository.access === "gated" && !isGood) {
      return refuse(authorization === undefined ? 401 : 403, "GatedRepo", `Access to ${kind} ${id} is restricted.`);
    }
    const content = repository.files[decodeURIComponent(file?.[4] ?? "")];
    if (!content) return refuse(404, "EntryNotFound", "Entry not found");
    const headers = { "x-repo-commit": repository.commit };
    if (content.length < LARGE) {
      return sendFile(response, seen, request, content, { ...headers, etag: `"${blobId(content)}"` }, fault);
    }
    response.writeHead(302, {
      ...headers,
      "x-linked-etag": `"${sha256(content)}"`,
      "x-linked-size": String(content.length),
      location: `${this.#storage}/${kind}/${id}?file=${encodeURIComponent(file?.[4] ?? "")}`,
    });
    response.end();
  }

  #sendTree(
    url: URL,
    { files }: Repository,
    request: IncomingMessage,
    response: ServerResponse,
    seen: SeenRequest,
  ): void {
    const entries = Object.entries(files).map(([path, content]) => ({
      type: "file",
      path,
      size: content.length,
      oid: content.length < LARGE ? blobId(content) : blobId(Buffer.from(`pointer ${sha256(content)}`)),
      ...(content.length < LARGE ? {} : { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }),
    }));
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + PAGE));
    const more = from + PAGE < entries.length ? { link: `<${next.href}>; rel="next"` } : {};
    sendJson(response, seen, request, entries.slice(from, from + PAGE), 200, more);
  }

  #sendBlob(url: URL, request: IncomingMessage, response: ServerResponse, seen: SeenRequest, fault: Fault): void {
    const content = this.#repositories.get(url.pathname.slice(1))?.files[
      decodeURIComponent(url.searchParams.get("file") ?? "")
    ];
    if (!content) return send(response, seen, request, Buffer.from(""), 404, {}, {});
    sendFile(response, seen, request, content, { etag: `"${sha256(content)}"`, "accept-ranges": "bytes" }, fault);
  }
}

function sendJson(
  response: ServerResponse,
  seen: SeenRequest,
  request: IncomingMessage,
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(
    response,
    seen,
    request,
    Buffer.from(JSON.stringify(value)),
    status,
    { "content-type": "application/json", ...headers },
    {},
  );
}

function sendFile(
  response: ServerResponse,
  seen: SeenRequest,
  request: IncomingMessage,
  content: Buffer,
  headers: Readonly<Record<string, string>>,
  fault: Fault,
): void {
  const sent = fault.corrupt ? Buffer.from(content.map((byte) => byte ^ 1)) : content;
  const from = fault.ignoreRange ? 0 : Number(/^bytes=(\d+)-/.exec(seen.range ?? "")?.[1] ?? 0);
  const range = from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {};
  send(response, seen, request, sent.subarray(from), from > 0 ? 206 : 200, { ...headers, ...range }, fault);
}

function send(
  response: ServerResponse,
  seen: SeenRequest,
  { method }: IncomingMessage,
  body: Buffer,
  status: number,
  headers: Readonly<Record<string, string>>,
  fault: Fault,
): void {
  const cut = fault.cutAfter ?? fault.stallAfter ?? fault.endAfter;
  const length = fault.endAfter === undefined ? { "content-length": String(body.length) } : {};
  response.writeHead(status, { ...headers, ...length });
  if (method === "HEAD") return void response.end();
  const piece = cut === undefined ? body : body.subarray(0, cut);
  seen.bytes = piece.length;
  if (cut === undefined || fault.endAfter !== undefined) return void response.end(piece);
  response.write(piece, () => {
    if (fault.stallAfter === undefined) setTimeout(() => response.destroy(), 20);
  });
}

/** Git's name of a file's contents. */
export function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
