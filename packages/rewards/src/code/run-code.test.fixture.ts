// Scores completions with the reward `code` as a scorer would, for its tests.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose, createScorer, type ScoredBatch, use } from "@pavlov/core";
import { code } from "./index.js";

/** Whether Python can run here; the project needs none, and what runs Python is then not tested. */
export const hasPython =
  process.platform !== "win32" && spawnSync("python3", ["-I", "-S", "-c", "import resource"]).status === 0;

/** Programs of one language with the row that tests them. */
export interface Programs {
  readonly language: "python" | "javascript";
  readonly tests: unknown;
  readonly programs: readonly string[];
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A batch's results and what the reward logged. */
export async function scorePrograms({ language, tests, programs, params }: Programs): Promise<ScoredBatch> {
  const part = use(code, { params: { language, timeout: 20_000, ...params } });
  const scorer = createScorer(compose({ code: part }), { onError: "drop" });
  const row = { tests };
  try {
    return await scorer.score(
      programs.map((program, index) => ({
        completion: `Here it is:\n\`\`\`${language}\n${program}\n\`\`\`\n`,
        row,
        groupId: String(index),
      })),
    );
  } finally {
    await scorer.dispose();
  }
}

/** A folder for temporary files, with those who work in it; what a run leaves behind is found there. */
export function watchTemporaryFolder() {
  const before = process.env["TMPDIR"];
  const folder = mkdtempSync(join(tmpdir(), "pavlov-watched-"));
  process.env["TMPDIR"] = folder;
  return {
    folder,
    /** Names of the files that are there. */
    files: () => readdirSync(folder),
    /** Ids of processes whose working directory is, or was, inside; none can be seen where there is no /proc. */
    processes: () => (process.platform === "linux" ? readdirSync("/proc").filter((id) => worksIn(id, folder)) : []),
    remove() {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function worksIn(id: string, folder: string): boolean {
  if (!/^\d+$/.test(id)) return false;
  try {
    return readlinkSync(`/proc/${id}/cwd`).startsWith(folder);
  } catch {
    // It has ended since, or belongs to somebody else.
    return false;
  }
}
