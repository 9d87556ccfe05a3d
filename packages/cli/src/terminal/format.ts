/** Numbers as people read them. */

/** `7 s`, `1:08`, `2:03:09`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `870`, `9.1k`, `1.2M`. */
export function short(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 999_950) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `799,872`. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `512 B`, `2.1 MB`, `270 MB`, `1.21 GB`. With `of`, in the unit of that many and without it: `112` of `270 MB`. */
export function byteCount(bytes: number, of?: number): string {
  const size = of ?? bytes;
  let power = 0;
  while (power < UNITS.length - 1 && size / 1000 ** power >= 999.5) power += 1;
  const digits = power === 0 || size / 1000 ** power >= 99.95 ? 0 : power >= 3 ? 2 : 1;
  const value = (bytes / 1000 ** power).toFixed(digits);
  return of === undefined ? `${value} ${UNITS[power]}` : value;
}

/** A metric in few characters: `0.81`, `-3.20`, `1.2e-5`, `128`; `-` where there is none. */
export function metric(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.5 * 10 ** -digits) return value.toExponential(0);
  return value.toFixed(size >= 100 ? 0 : digits);
}

/** `34.0%`; `-` where there is none. */
export function percent(rate: number | null | undefined): string {
  return rate === null || rate === undefined || !Number.isFinite(rate) ? "-" : `${(rate * 100).toFixed(1)}%`;
}
