/** What was looked at and what was found, in words: the lines of `pavlov doctor`. */
import { errorMessage } from "@pavlov/core";

/** Where a check stands in the report. */
export type Section = "Pavlov" | "Machine" | "Engines" | "GPU" | "Hub";

/**
 * `ok`: it is there and works. `missing`: it is not there. `problem`: it is there and does not work. `info`: neither good
 * nor bad.
 */
export type Status = "ok" | "missing" | "problem" | "info";

/** One line of the report. */
export interface Check {
  /** Stays the same over versions: `vulkan-loader`. */
  readonly id: string;
  readonly section: Section;
  readonly title: string;
  readonly status: Status;
  /** What was found, without a full stop. */
  readonly detail: string;
  /** What to type or to do, without a full stop. */
  readonly fix?: string;
}

/** What a check is about. */
export type Subject = Pick<Check, "id" | "section" | "title">;

/** What a check found. */
export type Found = Pick<Check, "status" | "detail" | "fix">;

/** Looks, and makes a line of what was found: of a failure as well, so that other checks go on. */
export async function check(subject: Subject, look: () => Found | Promise<Found>): Promise<Check> {
  try {
    return { ...subject, ...(await look()) };
  } catch (error) {
    const reason = errorMessage(error).split("\n")[0]?.replace(/\.$/, "");
    return { ...subject, status: "problem", detail: `cannot be told: ${reason}` };
  }
}
