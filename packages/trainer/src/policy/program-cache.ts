/**
 * Compiled programs by shape and key. Each keeps memory of its own between runs (ONNX Runtime's arena), and ragged data
 * brings new shapes all the time: so shapes that were used longest ago go when the others would take too much.
 */
import type { Program } from "../engine/engine.js";

/** A shape of micro-batch, whose programs live and go together. */
export interface ProgramShape {
  readonly name: string;
  /** What its programs keep between runs, about. */
  readonly bytes: number;
}

export interface ProgramCache {
  /** The program of that shape and key, compiled at the first call. The newest shape's programs are never released. */
  get(shape: ProgramShape, key: string, compile: () => Promise<Program>): Promise<Program>;
  dispose(): void;
}

interface ShapePrograms {
  readonly bytes: number;
  readonly programs: Map<string, Program>;
}

const disposeAll = ({ programs }: ShapePrograms): void => {
  for (const program of programs.values()) program.dispose();
};

/** Keeps programs of `mostBytes` together, and of `mostShapes`; those of one shape even where they alone are larger. */
export const createProgramCache = (mostBytes: number, mostShapes: number): ProgramCache => {
  const shapes = new Map<string, ShapePrograms>();

  const makeRoom = (): void => {
    let bytes = [...shapes.values()].reduce((sum, shape) => sum + shape.bytes, 0);
    for (const [name, oldest] of shapes) {
      if (shapes.size === 1 || (bytes <= mostBytes && shapes.size <= mostShapes)) return;
      bytes -= oldest.bytes;
      shapes.delete(name);
      disposeAll(oldest);
    }
  };

  return {
    async get({ name, bytes }, key, compile) {
      const shape = shapes.get(name) ?? { bytes, programs: new Map<string, Program>() };
      // A map keeps the order of insertion: the first shape is the one used longest ago.
      shapes.delete(name);
      shapes.set(name, shape);
      makeRoom();
      const program = shape.programs.get(key) ?? (await compile());
      shape.programs.set(key, program);
      return program;
    },
    dispose() {
      for (const shape of shapes.values()) disposeAll(shape);
      shapes.clear();
    },
  };
};
