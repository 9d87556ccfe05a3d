/** What the `pavlov` command's exit codes mean; `pavlov --help` lists them. */
export const exitCodes = { ok: 0, error: 1, usage: 2, interrupted: 130, terminated: 143 } as const;
