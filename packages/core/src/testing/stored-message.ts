/** Bodies and headers of requests and responses as a recording holds them. */

/** Text where it is UTF-8, else bytes in base64; neither where there is no body. */
export interface StoredBody {
  readonly body?: string;
  readonly base64?: string;
}

/** What rewards read of a response's headers. All others are left out: cookies and tokens are among them. */
const headersToKeep = ["content-type", "content-language", "retry-after", "location"];

/** Statuses whose responses must have no body. */
const withoutBody = [101, 204, 205, 304];

export async function readBody(message: Request | Response): Promise<StoredBody> {
  const bytes = new Uint8Array(await message.arrayBuffer());
  if (bytes.length === 0) return {};
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

/** Takes secrets out of bodies that are text. */
export function withoutSecrets(redact: (text: string) => string): (body: StoredBody) => StoredBody {
  return (stored) => (stored.body === undefined ? stored : { body: redact(stored.body) });
}

export function keptHeaders(headers: Headers, redact: (text: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    headersToKeep.flatMap((name): [string, string][] => {
      const value = headers.get(name);
      return value === null ? [] : [[name, redact(value)]];
    }),
  );
}

/** The response that was stored, as the one to a request of this address. */
export function toResponse(
  stored: StoredBody & { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  url: string,
): Response {
  const { status, headers, body, base64 } = stored;
  const content = base64 === undefined ? body : Buffer.from(base64, "base64");
  const response = new Response(withoutBody.includes(status) ? null : (content ?? ""), { status, headers });
  Object.defineProperty(response, "url", { value: url });
  return response;
}
