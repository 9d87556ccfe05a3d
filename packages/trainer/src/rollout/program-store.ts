// Compiled rollout programs, kept between generation batches; those that hold weights read them again when they change.
import type { Buffers, Engine, Program } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";
import { createHostCache } from "./cache.js";
import { createCachePrograms, createDeviceCache } from "./device-cache.js";
import type { InputSizes } from "./input-scales.js";
import { type PackedWeights, packFloat32, packInt8 } from "./packed-weights.js";
import type { Choice, DecodeKind, RolloutPrograms } from "./programs.js";
import { compileDecode, compileDeviceDecode, compilePackedDecode, compilePrefill } from "./programs.js";
import { createSpinningTrial, racingProgram, type SpinningHabit, type SpinningTrial } from "./spinning.js";

export interface RolloutProgramStore {
  /** The programs of one kind and way of choosing, compiled where they are not there. */
  get(kind: DecodeKind, choice: Choice, weights: Buffers): Promise<RolloutPrograms>;
  /** Seconds that making a program from changed weights took since the last call. */
  takeRefreshSeconds(): number;
  /** Tells that the weights have other values now: what a program holds of the old ones is given back. */
  weightsChanged(): void;
  /** Gives back what a program holds of the weights, until it runs again, or all programs. */
  release(which: "packed" | "all"): void;
}

/** An empty store for one model. */
export function createRolloutPrograms(engine: Engine, config: ModelConfig): RolloutProgramStore {
  const compiled = new Map<string, Program>();
  const cachePrograms = createCachePrograms(engine, config);
  /** One at a time: each holds a copy of the weights. */
  let packed: {
    readonly key: string;
    readonly held: PackedWeights;
    readonly program: Program;
    /** False where the weights have changed since. */
    isFresh: boolean;
  } | null = null;

  const kept = async (key: string, compile: () => Promise<Program>): Promise<Program> => {
    const program = compiled.get(key) ?? (await compile());
    compiled.set(key, program);
    return program;
  };
  const releasePacked = (): void => {
    packed?.program.dispose();
    packed = null;
  };
  let refreshSeconds = 0;
  const habit: SpinningHabit = { spins: true };
  let trial: SpinningTrial | null = null;
  const shouldSpin = async (): Promise<boolean> => {
    if (engine.name !== "onnxruntime") return false;
    trial ??= await createSpinningTrial(engine);
    return trial.run(habit);
  };
  const packedDecode = async (
    kind: "packed" | "int8",
    choice: Choice,
    weights: Buffers,
    sizes: InputSizes,
  ): Promise<Program> => {
    const key = `${kind} ${choice.mode} ${choice.forbids}`;
    // In 8 bits the prompts of a batch decide the factors: whatever else was sampled before, the same is made of them.
    if (packed?.key === key && packed.isFresh && kind === "packed") return packed.program;
    const started = performance.now();
    const spinning = await shouldSpin();
    if (packed?.key === key && (await packed.held.refresh(weights, sizes))) {
      await packed.program.refresh({ spinning });
      packed.isFresh = true;
    } else {
      releasePacked();
      const held =
        kind === "int8" ? await packInt8(engine, config, weights, sizes) : packFloat32(engine, config, weights);
      const program = await compilePackedDecode(engine, config, choice, held, spinning);
      packed = { key, held, program, isFresh: true };
    }
    refreshSeconds += (performance.now() - started) / 1000;
    return packed.program;
  };

  return {
    async get(kind, choice, weights) {
      const { mode, forbids } = choice;
      const measures = kind === "int8";
      const prefill = await kept(`prefill ${mode} ${forbids} ${measures}`, () =>
        compilePrefill(engine, config, choice, measures),
      );
      if (!engine.inMemory) {
        const plain = () => kept(`device ${mode} ${forbids}`, () => compileDeviceDecode(engine, config, choice));
        const decode = kind === "int8" ? (sizes: InputSizes) => packedDecode(kind, choice, weights, sizes) : plain;
        const createCache = (maxTokens: number) => createDeviceCache(engine, config, maxTokens, cachePrograms);
        return { prefill, decode, createCache };
      }
      const createCache = (maxTokens: number) => createHostCache(engine, config, maxTokens);
      if (kind === "plain" || (kind === "streamed" && engine.name !== "onnxruntime")) {
        const compile = () => compileDecode(engine, config, choice, kind === "streamed");
        return { prefill, decode: () => kept(`${kind} ${mode} ${forbids}`, compile), createCache };
      }
      if (kind === "streamed") {
        const decode = (spinning: boolean) =>
          kept(`${kind} ${mode} ${forbids} ${spinning ? "spinning" : "sleeping"}`, () =>
            compileDecode(engine, config, choice, true, spinning),
          );
        return {
          prefill,
          createCache,
          decode: async () => racingProgram({ spinning: await decode(true), sleeping: await decode(false) }, habit),
        };
      }
      return { prefill, decode: (sizes) => packedDecode(kind, choice, weights, sizes), createCache };
    },
    takeRefreshSeconds() {
      const taken = refreshSeconds;
      refreshSeconds = 0;
      return taken;
    },
    weightsChanged() {
      if (packed === null) return;
      packed.isFresh = false;
      packed.program.forget();
    },
    release(which) {
      if (which === "packed") {
        packed?.program.forget();
        return;
      }
      releasePacked();
      for (const program of compiled.values()) program.dispose();
      compiled.clear();
      cachePrograms.dispose();
      trial?.dispose();
      trial = null;
    },
  };
}
