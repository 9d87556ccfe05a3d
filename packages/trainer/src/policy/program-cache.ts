/** Compiled programs by key; the one that was used longest ago is released when there are too many. */
import type { Program } from "../engine/engine.js";

export interface ProgramCache {
  /** The program of that key, compiled at the first call. */
  get(key: string, compile: () => Promise<Program>): Promise<Program>;
  dispose(): void;
}

/** Each program keeps memory of its own (ONNX Runtime's arena), so only `capacity` of them live at a time. */
export const createProgramCache = (capacity: number): ProgramCache => {
  const programs = new Map<string, Program>();
  return {
    async get(key, compile) {
      const program = programs.get(key) ?? (await compile());
      // A map keeps the order of insertion: the first key is the one used longest ago.
      programs.delete(key);
      programs.set(key, program);
      if (programs.size > capacity) {
        const [oldest, unused] = programs.entries().next().value as [string, Program];
        programs.delete(oldest);
        unused.dispose();
      }
      return program;
    },
    dispose() {
      for (const program of programs.values()) program.dispose();
      programs.clear();
    },
  };
};
