/**
 * Programs that are compiled when they are first asked for, and kept: small ones that serve buffers of any size. One that
 * could not be compiled is tried again: a device may have lacked the memory for it then.
 */
import type { CompileOptions, Engine, Program, Specs, TensorProgram, TensorSpec } from "./engine.js";

/** What is compiled under a name. */
export interface ProgramSource {
  readonly program: TensorProgram;
  readonly inputs: Specs;
  readonly options?: CompileOptions;
}

export interface KeptPrograms {
  /** The program of that name, which stands for one source always. */
  get(name: string, source: () => ProgramSource): Promise<Program>;
  dispose(): void;
}

export const keepPrograms = (engine: Engine): KeptPrograms => {
  const programs = new Map<string, Promise<Program>>();
  return {
    get(name, source) {
      const known = programs.get(name);
      if (known !== undefined) return known;
      const { program, inputs, options } = source();
      const compiled = engine.compile(name, program, inputs, options);
      programs.set(name, compiled);
      compiled.catch(() => programs.get(name) === compiled && programs.delete(name));
      return compiled;
    },
    dispose() {
      for (const program of programs.values()) {
        program.then(
          (compiled) => compiled.dispose(),
          () => undefined,
        );
      }
      programs.clear();
    },
  };
};

/** A float32 shape of so many named sizes: one program serves all buffers of that rank. */
export const anyOfRank = (rank: number): TensorSpec => ({
  shape: Array.from({ length: rank }, (_, axis) => `size${axis}`),
  dtype: "float32",
});
