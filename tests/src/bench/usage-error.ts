/** A mistake of whoever runs a program: it is told with the usage, and the program exits with 2. */
export class UsageError extends Error {}

/** Prints an error, with the usage where that was the mistake. Returns the exit code. */
export const explain = (error: unknown, usage: string): number => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`error: ${message}`);
  // What parseArgs throws.
  const isUsage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
  if (isUsage) console.error(usage);
  return isUsage ? 2 : 1;
};
