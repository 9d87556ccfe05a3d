// Child processes that lead a group of their own, so that they end with everything that they started.
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";

const living = new Set<ChildProcess>();

/** Ends what still runs when this process ends of its own accord; nobody else would. */
function endAll(): void {
  for (const child of living) endGroup(child);
}

/**
 * Starts a program, without a shell, as the leader of a process group. Its error events are the caller's to hear.
 *
 * @throws the system's error where the arguments cannot be passed on at all
 */
export function spawnGroup(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(file, args, { ...options, detached: true, windowsHide: true });
  if (child.pid === undefined) return child;
  if (living.size === 0) process.on("exit", endAll);
  living.add(child);
  child.once("exit", () => {
    // What it started and left behind goes with it.
    endGroup(child);
    living.delete(child);
    if (living.size === 0) process.off("exit", endAll);
  });
  return child;
}

/** Kills a child and all of its group that still runs. */
export function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of the group is left, or, on Windows, there are no groups.
    child.kill("SIGKILL");
  }
}
