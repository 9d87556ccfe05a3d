// One generation batch while it runs: which rows are in it, what each has so far, and what the cache holds for them.
import { disposeAll, readFloats } from "../engine/buffers.js";
import type { Buffers, Engine, Program } from "../engine/engine.js";
import { maskedScore } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import type { KeyValueCache } from "./cache.js";
import type { Completion, GenerateOptions, RolloutCosts } from "./generate.js";
import { planPrefills, type PromptRows } from "./prefills.js";
import type { Choice, RolloutPrograms } from "./programs.js";
import { hasWindow, identityName, inputSizeName, realTokensName, stepName } from "./program-inputs.js";
import type { ResolvedSampling } from "./sampler.js";
import { chooseFiltered } from "./sampler.js";
import { uniform } from "./uniform.js";

/** A row that is being generated. */
interface Row {
  readonly row: number;
  readonly prompt: readonly number[];
  readonly tokenIds: number[];
  readonly logProbabilities: number[];
}

/** Runs once; dispose it afterwards, also when it failed. */
export class RolloutBatch {
  readonly #cache: KeyValueCache;
  readonly #generations: number;
  readonly #stops: ReadonlySet<number>;
  readonly #completions: Completion[] = [];
  /** Rows by cache slot. */
  #active: Row[] = [];
  /** 1 for tokens that end a completion, [vocabulary]; where they may be forbidden. */
  readonly #forbidden: Float32Array | null;
  #decodes: Program | null = null;
  /** Of the first prefill, where it measures them. */
  readonly #inputSizes = new Map<string, Float32Array>();
  #prefillSeconds = 0;
  #decodeSeconds = 0;
  #decodeSteps = 0;

  constructor(
    readonly engine: Engine,
    readonly config: ModelConfig,
    readonly choice: Choice,
    readonly programs: RolloutPrograms,
    readonly weights: Buffers,
    readonly sampling: ResolvedSampling,
    readonly options: GenerateOptions,
  ) {
    const longest = Math.max(0, ...options.prompts.map((prompt) => prompt.length));
    this.#cache = programs.createCache(longest + options.maxCompletionLength);
    this.#generations = options.numGenerations ?? 1;
    this.#stops = new Set(options.stopTokenIds ?? config.eosTokenIds);
    this.#forbidden = choice.forbids ? new Float32Array(config.vocabularySize) : null;
    for (const stop of this.#stops) this.#forbidden?.fill(1, stop, stop + 1);
  }

  /** What the run cost so far. */
  get costs(): Pick<RolloutCosts, "prefillSeconds" | "decodeSeconds" | "decodeSteps"> {
    return {
      prefillSeconds: this.#prefillSeconds,
      decodeSeconds: this.#decodeSeconds,
      decodeSteps: this.#decodeSteps,
    };
  }

  /** Completions in the order of their rows. */
  async run(): Promise<Completion[]> {
    const { prompts, maxRows = 256, signal } = this.options;
    const waiting = planPrefills(prompts, this.#generations, maxRows);
    while (waiting.length > 0 || this.#active.length > 0) {
      signal?.throwIfAborted();
      const next = waiting[0];
      const rows = next?.reduce((sum, { count }) => sum + count, 0) ?? 0;
      const started = performance.now();
      if (next && (this.#active.length === 0 || this.#active.length + rows <= maxRows)) {
        waiting.shift();
        await this.#prefill(next);
        this.#prefillSeconds += (performance.now() - started) / 1000;
      } else {
        await this.#decode();
        this.#decodeSeconds += (performance.now() - started) / 1000;
        this.#decodeSteps += 1;
      }
    }
    return this.#completions;
  }

  /** Frees the cache. */
  dispose(): void {
    this.#cache.dispose();
  }

  /** Reads some prompts and draws the first token of all of their rows. */
  async #prefill(parts: readonly PromptRows[]): Promise<void> {
    const prompts = parts.map(({ prompt }) => this.options.prompts[prompt] as readonly number[]);
    const length = Math.max(...prompts.map((prompt) => prompt.length));
    const ids = new Int32Array(prompts.length * length);
    const real = new Float32Array(ids.length);
    prompts.forEach((prompt, index) => {
      ids.set(prompt, index * length);
      real.fill(1, index * length, index * length + prompt.length);
    });
    const sources: number[] = [];
    const rows: Row[] = [];
    parts.forEach(({ prompt: index, first, count }, source) => {
      const prompt = prompts[source] as readonly number[];
      for (let generation = first; generation < first + count; generation++) {
        rows.push({ row: index * this.#generations + generation, prompt, tokenIds: [], logProbabilities: [] });
        sources.push(source);
      }
    });
    const last = Int32Array.from(prompts, (prompt, index) => index * length + prompt.length - 1);
    const buffer = this.engine.buffer.bind(this.engine);
    const outputs = await this.#run("prefill", rows, {
      ids: buffer(ids, [prompts.length, length]),
      positions: buffer(
        Int32Array.from({ length }, (_, position) => position),
        [1, length],
      ),
      bias: buffer(causalValues(length, null), [length, length]),
      ...(hasWindow(this.config)
        ? { windowBias: buffer(causalValues(length, this.config.slidingWindow), [length, length]) }
        : {}),
      [realTokensName]: buffer(real, [prompts.length, length]),
      last: buffer(last, [prompts.length]),
      ...(this.choice.mode === "filter" ? {} : { prompt: buffer(Int32Array.from(sources), [sources.length]) }),
    });
    try {
      await this.#take(rows, outputs, (index) => sources[index] as number);
      if (this.#decodes === null) {
        for (const [name, { data }] of Object.entries(outputs)) {
          if (name.startsWith(inputSizeName(""))) {
            this.#inputSizes.set(name.slice(inputSizeName("").length), (data as Float32Array).slice());
          }
        }
      }
      await this.#cache.admit(
        outputs,
        sources,
        rows.map((row) => row.prompt.length),
      );
    } finally {
      disposeAll(outputs);
    }
    this.#active.push(...rows);
    await this.#dropFinished();
  }

  /** Adds one token to every row. */
  async #decode(): Promise<void> {
    const rows = this.#active;
    const buffer = this.engine.buffer.bind(this.engine);
    await this.#cache.prepare();
    const outputs = await this.#run(
      "decode",
      rows,
      {
        ids: buffer(
          Int32Array.from(rows, (row) => row.tokenIds.at(-1) as number),
          [rows.length],
        ),
        positions: buffer(Int32Array.from(this.#cache.lengths), [rows.length]),
        [identityName]: buffer(identityValues(rows.length), [rows.length, rows.length]),
      },
      this.#cache.inputs(),
      this.#cache.targets(),
    );
    this.#cache.append(outputs[stepName]);
    await this.#take(rows, outputs, (index) => index);
    disposeAll(outputs);
    await this.#dropFinished();
  }

  async #run(
    which: "prefill" | "decode",
    rows: readonly Row[],
    own: Buffers,
    shared: Buffers = {},
    into: Buffers = {},
  ) {
    const { seed, step } = this.options;
    const uniforms = Float32Array.from(rows, (row) => uniform(seed, step, row.row, row.tokenIds.length));
    const temperature = this.sampling.temperature === 0 ? 1 : this.sampling.temperature;
    const choice: Record<string, ReturnType<Engine["buffer"]>> = {};
    if (this.choice.mode !== "filter") choice["temperature"] = this.engine.buffer(Float32Array.of(temperature), [1]);
    if (this.choice.mode === "sample") choice["uniform"] = this.engine.buffer(uniforms, [rows.length]);
    if (this.#forbidden) {
      const shortest = this.options.minCompletionLength ?? 0;
      const early = Float32Array.from(rows, ({ tokenIds }) => (tokenIds.length < shortest ? 1 : 0));
      choice["forbidden"] = this.engine.buffer(this.#forbidden, [this.#forbidden.length]);
      choice["early"] = this.engine.buffer(early, [rows.length]);
    }
    const program = which === "prefill" ? this.programs.prefill : await this.#decodeProgram();
    const outputs = await program.run({ ...this.weights, ...shared, ...own, ...choice }, into);
    disposeAll(own);
    disposeAll(choice);
    return outputs;
  }

  async #decodeProgram(): Promise<Program> {
    this.#decodes ??= await this.programs.decode(this.#inputSizes);
    return this.#decodes;
  }

  /** Adds the chosen token to each row; where filters choose, from the logits at `logitsRow(index)`. */
  async #take(rows: readonly Row[], outputs: Buffers, logitsRow: (index: number) => number): Promise<void> {
    if (this.choice.mode !== "filter") {
      const tokens = await readFloats(outputs["tokens"], "tokens");
      const logProbabilities = await readFloats(outputs["logProbabilities"], "logProbabilities");
      rows.forEach((row, index) => {
        row.tokenIds.push(tokens[index] as number);
        row.logProbabilities.push(logProbabilities[index] as number);
      });
      return;
    }
    const { seed, step } = this.options;
    const width = this.config.vocabularySize;
    const shortest = this.options.minCompletionLength ?? 0;
    const logits = await readFloats(outputs["logits"], "logits");
    rows.forEach((row, index) => {
      const begin = logitsRow(index) * width;
      const u = uniform(seed, step, row.row, row.tokenIds.length);
      const scores = Float32Array.from(logits.subarray(begin, begin + width));
      const seen = [...row.prompt, ...row.tokenIds];
      const chosen = chooseFiltered(scores, this.sampling, seen, u, row.tokenIds.length < shortest ? this.#stops : []);
      row.tokenIds.push(chosen.token);
      row.logProbabilities.push(chosen.logProbability);
    });
  }

  /** Reports rows that ended and fills their slots with rows from the end. */
  async #dropFinished(): Promise<void> {
    const reasons = this.#active.map((row) => this.#finishReason(row));
    const survivors = reasons.flatMap((reason, slot) => (reason === null ? [slot] : []));
    if (survivors.length === this.#active.length) return;
    const rows = this.#active;
    const kept = compact(survivors);
    this.#active = kept.map((slot) => rows[slot] as Row);
    await this.#cache.keep(kept);
    rows.forEach(({ row, tokenIds, logProbabilities }, slot) => {
      const finishReason = reasons[slot];
      if (!finishReason) return;
      const completion: Completion = { row, tokenIds, logProbabilities, finishReason };
      this.#completions[row] = completion;
      this.options.onFinished?.(completion);
    });
  }

  #finishReason(row: Row): Completion["finishReason"] | null {
    if (this.#stops.has(row.tokenIds.at(-1) as number)) return "stop";
    return row.tokenIds.length >= this.options.maxCompletionLength ? "length" : null;
  }
}

/** An order of the surviving slots in which few move: holes are filled from the end. */
function compact(survivors: readonly number[]): number[] {
  const staying = new Set(survivors.filter((slot) => slot < survivors.length));
  const moving = survivors.filter((slot) => slot >= survivors.length);
  return survivors.map((_, slot) => (staying.has(slot) ? slot : (moving.pop() as number)));
}

function identityValues(size: number): Float32Array {
  const values = new Float32Array(size * size);
  for (let index = 0; index < size; index++) values[index * (size + 1)] = 1;
  return values;
}

/** A causal bias [length, length]: 0 where a query sees a key, -1e9 elsewhere. */
function causalValues(length: number, window: number | null): Float32Array {
  const bias = new Float32Array(length * length).fill(maskedScore);
  for (let query = 0; query < length; query++) {
    const first = window === null ? 0 : Math.max(0, query - window + 1);
    bias.fill(0, query * length + first, query * length + query + 1);
  }
  return bias;
}
