/**
 * The training pass for large models. Layers run one by one through a few small programs that all of them share, each
 * distinct prompt is computed once, and the vocabulary's scores exist for a chunk of tokens at a time.
 */
import { disposeAll } from "../../engine/buffers.js";
import type { Buffer, Buffers } from "../../engine/engine.js";
import { isWithoutGradient, lossOfCall } from "../loss-program.js";
import { createProgramCache } from "../program-cache.js";
import type { AccumulateRequest, TokenRow } from "../protocol.js";
import type { PassResult, TrainingPass, TrainingPassOptions } from "../training-pass.js";
import { ATTENTION_BYTES, PROGRAM_BYTES, PROGRAM_SHAPES, SCORE_BYTES } from "./budgets.js";
import { createHeadPass, type HeadGradients, type HeadInputs } from "./head-pass.js";
import { temperatureOf } from "./head-program.js";
import { planLayers, type LayerPlan } from "./layer-plan.js";
import { layOutShared, type SharedBatch } from "./layout.js";
import { rowStarts } from "./ragged.js";
import { createRowOperations } from "./row-operations.js";
import { createStack, type Stack } from "./stack.js";

export interface LayeredPassOptions extends TrainingPassOptions {
  /** Most bytes of the scores of one chunk of tokens. Default: 128 MB. */
  readonly scoreBytes?: number;
  /** Most bytes of attention's scores at a time. Default: 32 MB. */
  readonly attentionBytes?: number;
}

/** A pass layer by layer. */
export const createLayeredPass = (options: LayeredPassOptions): TrainingPass => {
  const { engine, config, parameters, trainable, linear, padTokenId } = options;
  const layerPrograms = createProgramCache(PROGRAM_BYTES, PROGRAM_SHAPES);
  const headPrograms = createProgramCache(PROGRAM_BYTES, PROGRAM_SHAPES);
  const scoreBytes = options.scoreBytes ?? SCORE_BYTES;
  const rowsOn = createRowOperations(engine);
  const head = createHeadPass({ engine, config, programs: headPrograms, rows: rowsOn, scoreBytes });
  const checkpointing = options.checkpointing ?? false;
  const attentionBytes = options.attentionBytes ?? ATTENTION_BYTES;
  const width = config.hiddenSize;
  const scale = Math.fround(config.embeddingScale);
  const trained = new Set(trainable);
  const plan = planLayers(config, parameters, trainable);

  /** The layers' output as the head reads it; `hidden` is the caller's to dispose. */
  const headInputs = async (
    weights: Buffers,
    { embedding, norm, head: headName }: LayerPlan,
    batch: SharedBatch,
    stack: Stack,
    keep: boolean,
  ): Promise<HeadInputs> => {
    const x = await rowsOn.gather(weights[embedding] as Buffer, batch.ids, scale);
    return {
      hidden: await stack.forward(x, keep),
      targets: batch.targets,
      lengths: batch.lengths,
      completionTokens: batch.shape.completionTokens,
      norm: weights[norm] as Buffer,
      head: weights[headName] as Buffer,
    };
  };

  const stackOf = (layers: LayerPlan, batch: SharedBatch, weights: Buffers): Stack =>
    createStack(
      { engine, config, linear, programs: layerPrograms, checkpointing, attentionBytes },
      layers,
      batch,
      weights,
    );

  const perRow = (rows: readonly TokenRow[], { lengths }: SharedBatch, values: Float32Array): Float32Array[] => {
    const starts = rowStarts(lengths);
    return rows.map(({ completionIds }, row) => {
      const start = starts[row] as number;
      return values.slice(start, start + completionIds.length);
    });
  };

  /** Gradients of all weights, the head's first, then the layers' from the last, then the embedding's. */
  const backward = async (
    batch: SharedBatch,
    stack: Stack,
    gradients: HeadGradients,
    receive: (gradients: Buffers) => void,
  ): Promise<void> => {
    const left: Record<keyof HeadGradients | "input", Buffer | null> = { ...gradients, input: null };
    /** Hands a buffer over: it is no longer this function's. */
    const taken = (which: keyof typeof left): Buffer => {
      const buffer = left[which] as Buffer;
      left[which] = null;
      return buffer;
    };
    try {
      if (left.norm) receive({ [plan.norm]: taken("norm") });
      if (left.head && plan.head !== plan.embedding) receive({ [plan.head]: taken("head") });
      if (!left.hidden) return;
      left.input = await stack.backward(taken("hidden"), receive);
      if (!trained.has(plan.embedding) || !left.input) return;
      left.head ??= await rowsOn.zeros([config.vocabularySize, width]);
      await rowsOn.addTo(left.head, batch.ids, left.input, scale);
      receive({ [plan.embedding]: taken("head") });
    } finally {
      // What nobody wants, or where a program failed: nobody else has it.
      for (const buffer of Object.values(left)) buffer?.dispose();
    }
  };

  /** Loss and metrics, and the head's gradients where there is anything to train. */
  const accumulateHead = async (call: AccumulateRequest, batch: SharedBatch, stack: Stack, weights: Buffers) => {
    const { rows } = call;
    const loss = lossOfCall(call, batch.loss);
    const skips = call.evaluate !== true && isWithoutGradient(call);
    const trains = call.evaluate !== true && !skips;
    const wants = { hidden: plan.hiddenGradient, norm: trained.has(plan.norm), head: trained.has(plan.head) };
    const inputs = await headInputs(weights, plan, batch, stack, trains);
    let fused: Awaited<ReturnType<typeof head.fused>> = null;
    try {
      fused = trains ? await head.fused(inputs, batch.loss, loss, wants) : null;
      const scores = fused?.scores ?? (await head.scores(inputs, temperatureOf(call.loss), true));
      const result = await head.loss(inputs, scores, batch.loss, loss, trains && !fused);
      const reply = {
        loss: result.loss,
        metrics: result.metrics,
        ...(loss.correction ? { logProbabilities: perRow(rows, batch, scores.logProbabilities) } : {}),
        ...(skips ? { skippedRows: rows.length } : {}),
      };
      if (!trains) return { reply, gradients: null };
      return { reply, gradients: fused?.gradients ?? (await head.backward(inputs, result, call.loss, wants)) };
    } catch (error) {
      for (const buffer of Object.values(fused?.gradients ?? {})) buffer?.dispose();
      throw error;
    } finally {
      inputs.hidden.dispose();
    }
  };

  const accumulateBatch = async (
    call: AccumulateRequest,
    batch: SharedBatch,
    stack: Stack,
    weights: Buffers,
    receive: ((gradients: Buffers) => void) | undefined,
  ): Promise<PassResult> => {
    const { reply, gradients } = await accumulateHead(call, batch, stack, weights);
    if (!gradients) return { ...reply, gradients: null };
    const collected: Record<string, Buffer> = {};
    try {
      await backward(batch, stack, gradients, receive ?? ((more) => void Object.assign(collected, more)));
    } catch (error) {
      disposeAll(collected);
      throw error;
    }
    if (receive) return { ...reply, gradients: null };
    return { ...reply, gradients: Object.fromEntries(trainable.map((name) => [name, collected[name] as Buffer])) };
  };

  return {
    async logProbabilities({ rows, temperature }, weights) {
      // The reference of an adapter is the model without it: fewer weights.
      const given = Object.fromEntries(Object.entries(parameters).filter(([name]) => weights[name] !== undefined));
      const layers = planLayers(config, given, []);
      const batch = layOutShared(rows, padTokenId);
      const inputs = await headInputs(weights, layers, batch, stackOf(layers, batch, weights), false);
      try {
        const { logProbabilities } = await head.scores(inputs, temperature, false);
        return perRow(rows, batch, logProbabilities);
      } finally {
        inputs.hidden.dispose();
      }
    },

    async accumulate(call, weights, receive) {
      const batch = layOutShared(call.rows, padTokenId);
      const stack = stackOf(plan, batch, weights);
      try {
        return await accumulateBatch(call, batch, stack, weights, receive);
      } finally {
        stack.dispose();
      }
    },

    release() {
      layerPrograms.dispose();
      headPrograms.dispose();
      rowsOn.dispose();
    },
  };
};
