/** The most memory that a process has held. */
import { readFileSync } from "node:fs";

/**
 * In bytes, of what `/proc/self/status` says (null where there is no such file) and the process's own figure.
 * On Linux that figure begins with the peak of the process that started this one, whose memory they shared for a moment.
 */
export const peakBytesOf = (status: string | null, maxRssKilobytes: number): number => {
  const highest = /^VmHWM:\s*(\d+) kB$/m.exec(status ?? "")?.[1];
  return 1024 * (highest === undefined ? maxRssKilobytes : Number(highest));
};

const ownStatus = (): string | null => {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return null;
  }
};

/** Of this process, so far. */
export const peakBytes = (): number => peakBytesOf(ownStatus(), process.resourceUsage().maxRSS);
