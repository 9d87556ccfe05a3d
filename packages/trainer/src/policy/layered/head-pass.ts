/** The output head and the loss of one micro-batch, over chunks of tokens. */
import { disposeAll, readFloats } from "../../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program } from "../../engine/engine.js";
import type { ModelConfig } from "../../model/config.js";
import type { ProgramCache, ProgramShape } from "../program-cache.js";
import type { LossSpec } from "../loss-spec.js";
import {
  checkLoss,
  isMetricOutput,
  lossBuffers,
  lossKey,
  metricOfOutput,
  type CallLoss,
  type LossArrays,
} from "../loss-program.js";
import { cutChunks, cutRows, tokensWithin, type Chunk } from "./chunks.js";
import { headBackward, headForward, headFused, lossProgram, temperatureOf, trainsEntropy } from "./head-program.js";
import type { HeadWants } from "./head-program.js";
import type { RowOperations } from "./row-operations.js";
import { packedLength, packRows, padRows, rowStarts, slotsOfRows } from "./ragged.js";

export interface HeadOptions {
  readonly engine: Engine;
  readonly config: ModelConfig;
  readonly programs: ProgramCache;
  readonly rows: RowOperations;
  /** Most bytes of one chunk's scores. */
  readonly scoreBytes: number;
}

/** What the head works on: the last layer's output, and its own weights. */
export interface HeadInputs {
  /** [tokens, hiddenSize], the completions' tokens first, packed. */
  readonly hidden: Buffer;
  /** [tokens] */
  readonly targets: Int32Array;
  /** Tokens of each row, as many as there are together. */
  readonly lengths: readonly number[];
  /** Padded length of rows, as the loss has them. */
  readonly completionTokens: number;
  readonly norm: Buffer;
  readonly head: Buffer;
}

/** One value for each token. */
export interface TokenScores {
  readonly logProbabilities: Float32Array;
  /** Nats. */
  readonly entropies: Float32Array;
}

export interface LossResult {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Gradients of log-probabilities and, where the loss reads them, of entropies. Each [tokens] */
  readonly dLog: Float32Array | null;
  readonly dEntropy: Float32Array | null;
}

/** Gradients of the head, the caller's to dispose; null for those not wanted. */
export interface HeadGradients {
  /** [tokens, hiddenSize], zeros for tokens that are not a completion's. */
  readonly hidden: Buffer | null;
  readonly norm: Buffer | null;
  /** [vocabulary, hiddenSize] */
  readonly head: Buffer | null;
}

export interface HeadPass {
  scores(inputs: HeadInputs, temperature: number, entropies: boolean): Promise<TokenScores>;
  loss(
    inputs: HeadInputs,
    scores: TokenScores,
    arrays: LossArrays,
    loss: CallLoss,
    gradients: boolean,
  ): Promise<LossResult>;
  backward(inputs: HeadInputs, slopes: LossResult, loss: LossSpec, wants: HeadWants): Promise<HeadGradients>;
  /** Scores and gradients at once; null where the loss of a row is not its own, or a row does not fit a chunk. */
  fused(
    inputs: HeadInputs,
    arrays: LossArrays,
    loss: CallLoss,
    wants: HeadWants,
  ): Promise<{ readonly scores: TokenScores; readonly gradients: HeadGradients } | null>;
}

/** Gradients are read by other programs; the rest by this thread. */
const isKept = (output: string): boolean => /^(?:d[A-Z]|targetRows$)/.test(output);

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);

/** Rows [start, start + count) of the loss's arrays. */
const rowsOf = (arrays: LossArrays, { start, count }: Chunk): LossArrays => {
  const width = arrays.completionTokens;
  const tokens = (values: Float32Array) => values.subarray(start * width, (start + count) * width);
  return {
    rows: count,
    completionTokens: width,
    completionMask: tokens(arrays.completionMask),
    advantages: arrays.advantages.subarray(start, start + count),
    values: Object.fromEntries(Object.entries(arrays.values).map(([name, values]) => [name, tokens(values)])),
  };
};

export const createHeadPass = ({ engine, config, programs, rows: rowsOn, scoreBytes }: HeadOptions): HeadPass => {
  const mostTokens = tokensWithin(scoreBytes, config.vocabularySize);

  /**
   * The programs for rows of one padded length and any number of tokens in them. They hold a chunk's scores and two more
   * tensors of that size.
   */
  const programShape = ({ lengths, completionTokens }: HeadInputs): ProgramShape => {
    const slots = lengths.length * completionTokens;
    return {
      name: `${lengths.length} ${completionTokens}`,
      bytes: 3 * Math.min(slots, mostTokens) * config.vocabularySize * Float32Array.BYTES_PER_ELEMENT,
    };
  };

  /** A chunk's inputs; `hidden` may share the memory of the whole. */
  const chunkInputs = async ({ hidden, targets }: HeadInputs, { start, count }: Chunk): Promise<Buffers> => ({
    hidden: await rowsOn.take(hidden, start, count),
    targets: engine.buffer(targets.subarray(start, start + count), [count]),
  });

  /** Gathers chunks' gradients into the whole batch's. */
  const collector = ({ hidden: input, targets }: HeadInputs) => {
    let hidden: Buffer | null = null;
    let norm: Buffer | null = null;
    let head: Buffer | null = null;
    /** The sum so far with `part`, which it takes. */
    const added = async (sum: Buffer | null, part: Buffer): Promise<Buffer> => {
      if (sum === null) return part;
      await rowsOn.add(sum, part);
      part.dispose();
      return sum;
    };
    return {
      /** Takes a chunk's outputs, also where it fails. */
      async add(outputs: Buffers, { start, count }: Chunk): Promise<void> {
        const { dHidden, dNorm, dHead, targetRows } = outputs;
        const left = new Set(Object.values(outputs));
        try {
          if (dHidden) {
            hidden ??= await rowsOn.zeros(input.shape);
            await rowsOn.put(hidden, start, dHidden);
          }
          if (dNorm) {
            norm = await added(norm, dNorm);
            left.delete(dNorm);
          }
          if (dHead && targetRows) {
            head = await added(head, dHead);
            left.delete(dHead);
            await rowsOn.addTo(head, targets.subarray(start, start + count), targetRows, 1);
          }
        } finally {
          for (const buffer of left) buffer.dispose();
        }
      },
      gradients: (): HeadGradients => ({ hidden, norm, head }),
      dispose(): void {
        for (const buffer of [hidden, norm, head]) buffer?.dispose();
      },
    };
  };

  return {
    async scores(inputs, temperature, entropies) {
      const tokens = inputs.targets.length;
      const logProbabilities = new Float32Array(tokens);
      const ofTokens = new Float32Array(tokens);
      for (const chunk of cutChunks(tokens, mostTokens)) {
        const program = await programs.get(
          programShape(inputs),
          JSON.stringify(["head-forward", temperature, entropies]),
          () => {
            const made = headForward(config, temperature, entropies);
            return engine.compile("head-forward", made.program, made.inputs, { frugal: true, keeps: isKept });
          },
        );
        const { norm, head } = inputs;
        const own = await chunkInputs(inputs, chunk);
        const outputs: Buffers = await program.run({ ...own, norm, head }).finally(() => disposeAll(own));
        logProbabilities.set(await readFloats(outputs["logProbabilities"], "logProbabilities"), chunk.start);
        if (entropies) ofTokens.set(await readFloats(outputs["entropies"], "entropies"), chunk.start);
        disposeAll(outputs);
      }
      return { logProbabilities, entropies: ofTokens };
    },

    async loss(inputs, { logProbabilities, entropies }, arrays, loss, gradients) {
      const { rows, completionTokens } = arrays;
      const { lengths } = inputs;
      const program = await programs.get(
        programShape(inputs),
        JSON.stringify(["loss", gradients, lossKey(loss)]),
        () => {
          const made = lossProgram(arrays, loss, gradients);
          return engine.compile("loss", made.program, made.inputs);
        },
      );
      const padded = (values: Float32Array) =>
        engine.buffer(padRows(values, lengths, completionTokens), [rows, completionTokens]);
      const outputs: Buffers = await program.run({
        ...lossBuffers(engine, arrays, loss.spec),
        logProbabilities: padded(logProbabilities),
        entropies: padded(entropies),
      });
      const metrics: Record<string, number> = {};
      for (const [name, buffer] of Object.entries(outputs)) {
        if (isMetricOutput(name)) metrics[metricOfOutput(name)] = (await readFloats(buffer, name))[0] as number;
      }
      const value = (await readFloats(outputs["loss"], "loss"))[0] as number;
      checkLoss(value);
      const slopes = async (name: string) =>
        outputs[name] ? packRows(await readFloats(outputs[name], name), lengths, completionTokens) : null;
      const [dLog, dEntropy] = [await slopes("dLog"), await slopes("dEntropy")];
      disposeAll(outputs);
      return { loss: value, metrics, dLog, dEntropy };
    },

    async backward(inputs, { dLog, dEntropy }, loss, wants) {
      if (!dLog) throw new Error("The loss was computed without its gradient.");
      const collected = collector(inputs);
      const { norm, head } = inputs;
      try {
        for (const chunk of cutChunks(inputs.targets.length, mostTokens)) {
          const key = ["head-backward", temperatureOf(loss), trainsEntropy(loss), wants];
          const program = await programs.get(programShape(inputs), JSON.stringify(key), () => {
            const made = headBackward(config, loss, wants);
            return engine.compile("head-backward", made.program, made.inputs, { frugal: true, keeps: isKept });
          });
          const part = (values: Float32Array) =>
            engine.buffer(values.subarray(chunk.start, chunk.start + chunk.count), [chunk.count]);
          const own = await chunkInputs(inputs, chunk);
          const slopes = { dLog: part(dLog), ...(dEntropy ? { dEntropy: part(dEntropy) } : {}) };
          const outputs = await program.run({ ...own, ...slopes, norm, head }).finally(() => disposeAll(own));
          await collected.add(outputs, chunk);
        }
        return collected.gradients();
      } catch (error) {
        collected.dispose();
        throw error;
      }
    },

    async fused(inputs, arrays, loss, wants) {
      const { lengths, completionTokens } = inputs;
      const { spec } = loss;
      const chunks = cutRows(lengths, mostTokens);
      if (!chunks || (spec.kind === "grpo" && spec.options.topEntropyQuantile < 1)) return null;
      const collected = collector(inputs);
      const logProbabilities = new Float32Array(inputs.targets.length);
      const entropies = new Float32Array(inputs.targets.length);
      const scalar = (value: number) => engine.buffer(Float32Array.of(value), []);
      const { norm, head } = inputs;
      const starts = rowStarts(lengths);
      try {
        for (const rows of chunks) {
          const shape = { rows: rows.count, completionTokens };
          const program = await programs.get(
            programShape(inputs),
            JSON.stringify(["head-fused", rows.count, lossKey(loss), wants]),
            (): Promise<Program> => {
              const made = headFused(config, shape, loss, wants);
              return engine.compile("head-fused", made.program, made.inputs, { frugal: true, keeps: isKept });
            },
          );
          const ofRows = lengths.slice(rows.start, rows.start + rows.count);
          const chunk = { start: starts[rows.start] as number, count: packedLength(ofRows) };
          const slots = slotsOfRows(ofRows, completionTokens);
          // A slot of padding, which the loss does not count, has the scores of the chunk's first token.
          const tokens = new Int32Array(rows.count * completionTokens);
          slots.forEach((slot, token) => (tokens[slot] = token));
          const own = await chunkInputs(inputs, chunk);
          const given = {
            ...own,
            ...lossBuffers(engine, rowsOf(arrays, rows), loss.spec),
            tokenOfSlot: engine.buffer(tokens, [rows.count, completionTokens], "int32"),
            slotOfToken: engine.buffer(slots, [chunk.count], "int32"),
            rowsInBatch: scalar(arrays.rows),
            tokensInBatch: scalar(total(arrays.completionMask)),
            norm,
            head,
          };
          const outputs: Buffers = await program.run(given).finally(() => disposeAll(own));
          logProbabilities.set(await readFloats(outputs["logProbabilities"], "logProbabilities"), chunk.start);
          entropies.set(await readFloats(outputs["entropies"], "entropies"), chunk.start);
          await collected.add(outputs, chunk);
        }
        return { scores: { logProbabilities, entropies }, gradients: collected.gradients() };
      } catch (error) {
        collected.dispose();
        throw error;
      }
    },
  };
};
