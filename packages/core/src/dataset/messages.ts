/** Chat messages in a dataset's cell, in the Hugging Face conversational format. */
import type { Message } from "../reward.js";
import { describeKind, rowError } from "./raw-row.js";
import type { RowLocation } from "./types.js";

/**
 * The cell's value as messages.
 *
 * @throws PavlovError when it is not a list, is empty, or has a message without a text `role` and `content`.
 */
export function readMessages(value: unknown, column: string, location: RowLocation): readonly Message[] {
  const fail = (message: string) => rowError(location, `column "${column}" ${message}`);
  if (!Array.isArray(value)) {
    throw fail(`must be a list of messages such as [{"role": "user", "content": "…"}], not ${describeKind(value)}`);
  }
  if (value.length === 0) throw fail("has no messages");
  return value.map((message: unknown, at) => {
    if (typeof message !== "object" || message === null || Array.isArray(message)) {
      throw fail(`has ${describeKind(message)} as message ${at + 1}; expected {"role": "…", "content": "…"}`);
    }
    const { role, content } = message as { role?: unknown; content?: unknown };
    if (typeof role !== "string" || role === "") {
      throw fail(`has a message without a role (message ${at + 1}); expected "system", "user" or "assistant"`);
    }
    if (typeof content !== "string") {
      throw fail(`has a message whose content is ${describeKind(content)} (message ${at + 1}); expected text`);
    }
    return { role, content };
  });
}
