/** The output head and the loss of one micro-batch, over chunks of tokens. */
import { addInPlace, disposeAll, floatsInMemory, readFloats } from "../../engine/buffers.js";
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
import { addRows } from "./embedding-rows.js";
import { headBackward, headForward, headFused, lossProgram, temperatureOf, trainsEntropy } from "./head-program.js";
import type { HeadWants } from "./head-program.js";
import { packedLength, packRows, padRows, rowStarts, slotsOfRows } from "./ragged.js";

export interface HeadOptions {
  readonly engine: Engine;
  readonly config: ModelConfig;
  readonly programs: ProgramCache;
  /** Most bytes of one chunk's scores. */
  readonly scoreBytes: number;
}

/** What the head works on: the last layer's output for the completions' tokens, packed, and its own weights. */
export interface HeadInputs {
  /** [tokens, hiddenSize] */
  readonly hidden: Float32Array;
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

/** Gradients of the head; null for those not wanted. */
export interface HeadGradients {
  /** [tokens, hiddenSize] */
  readonly hidden: Float32Array | null;
  readonly norm: Float32Array | null;
  /** [vocabulary, hiddenSize], the caller's to dispose. */
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

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

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

export const createHeadPass = ({ engine, config, programs, scoreBytes }: HeadOptions): HeadPass => {
  const width = config.hiddenSize;
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

  /** A chunk's inputs, over the whole batch's memory. */
  const chunkInputs = ({ hidden, targets }: HeadInputs, { start, count }: Chunk): Record<string, Buffer> => ({
    hidden: engine.buffer(hidden.subarray(start * width, (start + count) * width), [count, width]),
    targets: engine.buffer(targets.subarray(start, start + count), [count]),
  });

  /** Gathers chunks' gradients into the whole batch's. */
  const collector = ({ targets }: HeadInputs, wants: HeadWants) => {
    const hidden = wants.hidden ? new Float32Array(targets.length * width) : null;
    let norm: Float32Array | null = null;
    let head: Buffer | null = null;
    return {
      /** Takes a chunk's outputs. */
      async add(outputs: Buffers, { start, count }: Chunk): Promise<void> {
        if (hidden) hidden.set(await readFloats(outputs["dHidden"], "dHidden"), start * width);
        if (wants.norm) {
          const part = await readFloats(outputs["dNorm"], "dNorm");
          if (norm) addInPlace(norm, part);
          else norm = part.slice();
        }
        const { dHead, ...others } = outputs;
        if (dHead) {
          if (head) {
            addInPlace(floatsInMemory(head, "dHead"), await readFloats(dHead, "dHead"));
            dHead.dispose();
          } else {
            head = dHead;
          }
          const rows = await readFloats(outputs["targetRows"], "targetRows");
          addRows(floatsInMemory(head, "dHead"), width, targets.subarray(start, start + count), rows, 1);
        }
        disposeAll(others);
      },
      gradients: (): HeadGradients => ({ hidden, norm, head }),
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
            return engine.compile("head-forward", made.program, made.inputs, { frugal: true });
          },
        );
        const { norm, head } = inputs;
        const outputs: Buffers = await program.run({ ...chunkInputs(inputs, chunk), norm, head });
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
      const collected = collector(inputs, wants);
      const { norm, head } = inputs;
      for (const chunk of cutChunks(inputs.targets.length, mostTokens)) {
        const key = ["head-backward", temperatureOf(loss), trainsEntropy(loss), wants];
        const program = await programs.get(programShape(inputs), JSON.stringify(key), () => {
          const made = headBackward(config, loss, wants);
          return engine.compile("head-backward", made.program, made.inputs, { frugal: true });
        });
        const part = (values: Float32Array) =>
          engine.buffer(values.subarray(chunk.start, chunk.start + chunk.count), [chunk.count]);
        const outputs = await program.run({
          ...chunkInputs(inputs, chunk),
          norm,
          head,
          dLog: part(dLog),
          ...(dEntropy ? { dEntropy: part(dEntropy) } : {}),
        });
        await collected.add(outputs, chunk);
      }
      return collected.gradients();
    },

    async fused(inputs, arrays, loss, wants) {
      const { lengths, completionTokens } = inputs;
      const { spec } = loss;
      const chunks = cutRows(lengths, mostTokens);
      if (!chunks || (spec.kind === "grpo" && spec.options.topEntropyQuantile < 1)) return null;
      const collected = collector(inputs, wants);
      const logProbabilities = new Float32Array(inputs.targets.length);
      const entropies = new Float32Array(inputs.targets.length);
      const scalar = (value: number) => engine.buffer(Float32Array.of(value), []);
      const { norm, head } = inputs;
      const starts = rowStarts(lengths);
      for (const rows of chunks) {
        const shape = { rows: rows.count, completionTokens };
        const program = await programs.get(
          programShape(inputs),
          JSON.stringify(["head-fused", rows.count, lossKey(loss), wants]),
          (): Promise<Program> => {
            const made = headFused(config, shape, loss, wants);
            return engine.compile("head-fused", made.program, made.inputs, { frugal: true });
          },
        );
        const ofRows = lengths.slice(rows.start, rows.start + rows.count);
        const chunk = { start: starts[rows.start] as number, count: packedLength(ofRows) };
        const slots = slotsOfRows(ofRows, completionTokens);
        // A slot of padding, which the loss does not count, has the scores of the chunk's first token.
        const tokens = new Int32Array(rows.count * completionTokens);
        slots.forEach((slot, token) => (tokens[slot] = token));
        const outputs: Buffers = await program.run({
          ...chunkInputs(inputs, chunk),
          ...lossBuffers(engine, rowsOf(arrays, rows), loss.spec),
          tokenOfSlot: engine.buffer(tokens, [rows.count, completionTokens], "int32"),
          slotOfToken: engine.buffer(slots, [chunk.count], "int32"),
          rowsInBatch: scalar(arrays.rows),
          tokensInBatch: scalar(sum(arrays.completionMask)),
          norm,
          head,
        });
        logProbabilities.set(await readFloats(outputs["logProbabilities"], "logProbabilities"), chunk.start);
        entropies.set(await readFloats(outputs["entropies"], "entropies"), chunk.start);
        await collected.add(outputs, chunk);
      }
      return { scores: { logProbabilities, entropies }, gradients: collected.gradients() };
    },
  };
};
