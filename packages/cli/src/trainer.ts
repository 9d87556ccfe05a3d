/** The trainer, which an installation may do without: rewards are written, tested, scored and published without it. */
/** True where `@pavlov/trainer` is installed beside this package. Nothing of it is loaded. */
export function hasTrainer(): boolean {
  try {
    import.meta.resolve("@pavlov/trainer");
    return true;
  } catch {
    return false;
  }
}

/**
 * What a command that cannot do without the trainer calls before it imports any module that names it.
 *
 * @param command what messages call the command: `pavlov train`
 * @throws PavlovError where it is not installed.
 */
export async function requireTrainer(command: string): Promise<void> {
  if (hasTrainer()) return;
  const { PavlovError } = await import("@pavlov/core");
  throw new PavlovError(`${command} needs @pavlov/trainer, which is not installed: npm install @pavlov/trainer`, {
    hint: "Rewards are scored, audited, tested and published without it; models are trained, run and merged with it.",
  });
}
