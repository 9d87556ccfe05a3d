/** What can go wrong between here and the hub, each as one sentence with what to do. */
import { PavlovError, type PavlovErrorOptions } from "@pavlov/core";

/**
 * Why the hub did not give what it was asked for.
 * - `unreachable`: no answer, or a server that is out of order; the cache may stand in.
 * - `missing`: there is no such repository, or none that this token may see.
 * - `refused`: it is there, but not for this token.
 * - `failed`: anything else.
 */
export type HubProblem = "unreachable" | "missing" | "refused" | "failed";

/** A {@link PavlovError} that says what kind of failure it is, for those that have another way. */
export class HubError extends PavlovError {
  readonly problem: HubProblem;

  constructor(problem: HubProblem, message: string, options: PavlovErrorOptions = {}) {
    super(message, options);
    this.problem = problem;
  }
}

/** What is being asked for, for the error's sentence. */
export interface Asked {
  readonly type: "model" | "dataset";
  /** `org/name` */
  readonly id: string;
  readonly revision: string;
  /** The file, where it is one. */
  readonly file?: string | undefined;
}

/** What an error's answer holds, beside its status. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the body. */
  readonly text: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
}

const TOKEN_HINT = "set HF_TOKEN to a token with read access (made at https://huggingface.co/settings/tokens)";

/** The page of a repository. */
export function pageOf(endpoint: string, { type, id }: Pick<Asked, "type" | "id">): string {
  return `${endpoint}/${type === "dataset" ? "datasets/" : ""}${id}`;
}

/** An answer that is no success, as an error. */
export function refusalError(asked: Asked, refusal: Refusal): HubError {
  const { status, headers, endpoint, hasToken } = refusal;
  const code = headers.get("x-error-code");
  const page = pageOf(endpoint, asked);
  const what = `${asked.type} ${asked.id}`;
  if (
    code === "GatedRepo" ||
    ((status === 401 || status === 403) && /gated|access to .* is restricted/i.test(reason(refusal)))
  ) {
    const hint = hasToken
      ? `Accept its conditions at ${page} with the account of the token, then run again.`
      : `Accept its conditions at ${page}, then ${TOKEN_HINT}.`;
    return new HubError("refused", `The ${what} is gated: its authors ask for an agreement before a download.`, {
      hint,
    });
  }
  if (status === 401 && hasToken && code !== "RepoNotFound") {
    const hint = "Renew it in HF_TOKEN or with `hf auth login`; HF_TOKEN= (empty) asks without one.";
    return new HubError("refused", `The hub refuses the token that the ${what} was asked for with.`, { hint });
  }
  if (status === 403) {
    const hint = "Give the token read access to it, or use another token in HF_TOKEN.";
    return new HubError("refused", `The token has no access to the ${what}${because(refusal)}.`, { hint });
  }
  if (code === "RevisionNotFound") {
    const hint = `Its branches and tags are listed at ${page}/tree/main.`;
    return new HubError("failed", `The ${what} has no revision ${asked.revision}.`, { hint });
  }
  if (code === "EntryNotFound" || (status === 404 && asked.file !== undefined)) {
    return new HubError("failed", `The ${what} has no file ${asked.file ?? ""} in revision ${asked.revision}.`);
  }
  if (status === 401 || status === 404) {
    const hint = hasToken
      ? "Check the spelling, or whether the token may see it."
      : `Check the spelling; if it is private, ${TOKEN_HINT}.`;
    return new HubError("missing", `There is no ${what} at ${endpoint}${hasToken ? " that this token may see" : ""}.`, {
      hint,
    });
  }
  const kind = status >= 500 ? "unreachable" : "failed";
  const asking = asked.file === undefined ? `the ${what}` : `${asked.file} of the ${what}`;
  return new HubError(kind, `${endpoint} answered ${status} when asked for ${asking}${because(refusal)}.`, {
    hint: status >= 500 ? "The hub may be out of order; try again later. What has arrived is kept." : undefined,
  });
}

/** Requests are limited, and waiting has not helped or would take too long. */
export function limitError(asked: Asked, endpoint: string, seconds: number, hasToken: boolean): HubError {
  const hint = hasToken
    ? "Run again later; what has arrived is kept."
    : `Run again later (what has arrived is kept), or ${TOKEN_HINT}: with one the limit is higher.`;
  const when = seconds > 0 ? `; it asks to wait ${Math.ceil(seconds)} s` : "";
  return new HubError("failed", `${endpoint} limits requests and did not give the ${asked.type} ${asked.id}${when}.`, {
    hint,
  });
}

function reason({ headers, text }: Refusal): string {
  return headers.get("x-error-message") ?? text;
}

/** What the hub says itself, where it is one short line. */
function because(refusal: Refusal): string {
  const said = reason(refusal).trim();
  if (said === "" || said.length > 200 || /[\n<]/.test(said)) return "";
  return ` (${said.replace(/\.$/, "")})`;
}

const CONNECTION_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "cannot be found: its name does not resolve",
  EAI_AGAIN: "cannot be found: its name does not resolve",
  ENETUNREACH: "cannot be reached: there is no network",
  EHOSTUNREACH: "cannot be reached: there is no route to it",
  ECONNRESET: "closed the connection",
  UND_ERR_SOCKET: "closed the connection",
  ETIMEDOUT: "does not answer",
  UND_ERR_CONNECT_TIMEOUT: "does not answer",
  UND_ERR_HEADERS_TIMEOUT: "does not answer",
  STALLED: "does not answer",
};

/** The system's code of a failed `fetch`. */
export function connectionCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as { code?: unknown };
    if (typeof code === "string") return code;
    const [first] = current instanceof AggregateError ? (current.errors as unknown[]) : [];
    if (first !== undefined) return connectionCode(first);
  }
  return "";
}

/** A connection that could not be made or did not last. */
export function connectionError(error: unknown, address: string): HubError {
  const code = connectionCode(error);
  const { host } = new URL(address);
  if (/CERT|SIGNED|ISSUER/.test(code)) {
    const hint = "Behind a proxy with its own certificate, name its file in NODE_EXTRA_CA_CERTS.";
    return new HubError("unreachable", `${host} shows a certificate that is not trusted (${code}).`, {
      hint,
      cause: error,
    });
  }
  const proxy = process.env["HTTPS_PROXY"] ?? process.env["https_proxy"];
  const hint = proxy
    ? "Node uses HTTPS_PROXY with NODE_USE_ENV_PROXY=1 only (from Node 22.21 and 24.5)."
    : "Check the network and HF_ENDPOINT; with --offline only the cache is used.";
  const problem = CONNECTION_PROBLEMS[code] ?? `cannot be reached${code === "" ? "" : ` (${code})`}`;
  return new HubError("unreachable", `${host} ${problem}.`, { hint, cause: error });
}
