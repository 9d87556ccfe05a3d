/** Free space where a run writes: its folder, downloads, temporary files. */
import { freeBytes } from "../../run/disk.js";
import { type Check, check } from "./check.js";
import { inGigabytes } from "./machine.js";

/** Less than this is soon full, in bytes. */
const LEAST_SPACE = 2 ** 30;

/** A folder that a run writes to. */
export interface WrittenFolder {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  /** What makes room there, or where else it may lie. */
  readonly fix: string;
}

/** The line on one folder, which need not be there yet. */
export const diskCheck = ({ id, title, path, fix }: WrittenFolder, bytesOf = freeBytes): Promise<Check> =>
  check({ id, section: "Machine", title }, async () => {
    const bytes = await bytesOf(path);
    const detail = `${inGigabytes(bytes)} free`;
    return bytes < LEAST_SPACE ? { status: "problem", detail, fix } : { status: "ok", detail };
  });
