// How long a server asks to wait, by its header Retry-After (RFC 9110, 10.2.3): seconds, or a date.

/**
 * Milliseconds from `now` on, at least 0; undefined where the header is not there or says neither.
 * @param now milliseconds since 1970
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date has letters: Date.parse would also make something of a lone number.
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
