// Params of every reward that asks a server.
import { z } from "zod";

/** An address of a server: its secrets belong elsewhere. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an address that begins with http:// or https://" })
  .refine((url) => {
    if (!URL.canParse(url)) return true;
    const { username, password } = new URL(url);
    return username === "" && password === "";
  }, "must hold no user name or password");

/** How requests are made, to whatever server. */
export const requestParams = {
  timeout: z.int().min(1).max(3_600_000).default(60_000).describe("Milliseconds for one request."),
  retries: z
    .int()
    .min(0)
    .max(20)
    .default(4)
    .describe(
      "Tries after the first one failed: no answer, 408, 409, 425, 429, 5xx, or an answer that is cut off or cannot be read.",
    ),
  retryDelay: z
    .number()
    .min(0)
    .max(60_000)
    .default(500)
    .describe("Milliseconds before the second try where the server names no time; doubled before each further one."),
  requestsPerMinute: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Most requests in a minute, evenly apart; null for any number."),
  requestsAtOnce: z.int().min(1).max(1000).default(16).describe("Requests under way at the same time."),
};
