/**
 * The training pass for large models. Layers run one by one through a few small programs that all of them share, each
 * distinct prompt is computed once, and the vocabulary's scores exist for a chunk of tokens at a time.
 */
import { disposeAll, floatsInMemory, readFloats } from "../../engine/buffers.js";
import type { Buffer, Buffers } from "../../engine/engine.js";
import { isWithoutGradient, lossOfCall } from "../loss-program.js";
import { createProgramCache } from "../program-cache.js";
import type { AccumulateRequest, TokenRow } from "../protocol.js";
import type { PassResult, TrainingPass, TrainingPassOptions } from "../training-pass.js";
import { ATTENTION_BYTES, PROGRAM_BYTES, PROGRAM_SHAPES, SCORE_BYTES } from "./budgets.js";
import { addRows, gatherRows } from "./embedding-rows.js";
import { createHeadPass, type HeadGradients, type HeadInputs } from "./head-pass.js";
import { temperatureOf } from "./head-program.js";
import { planLayers, type LayerPlan } from "./layer-plan.js";
import { layOutShared, type SharedBatch } from "./layout.js";
import { rowStarts } from "./ragged.js";
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
  const head = createHeadPass({ engine, config, programs: headPrograms, scoreBytes });
  const checkpointing = options.checkpointing ?? false;
  const attentionBytes = options.attentionBytes ?? ATTENTION_BYTES;
  const width = config.hiddenSize;
  const scale = Math.fround(config.embeddingScale);
  const trained = new Set(trainable);
  const plan = planLayers(config, parameters, trainable);

  /** The layers' output for the completions' tokens, as the head reads it. */
  const headInputs = async (
    weights: Buffers,
    { embedding, norm, head: headName }: LayerPlan,
    batch: SharedBatch,
    stack: Stack,
    keep: boolean,
  ): Promise<HeadInputs> => {
    const table = await readFloats(weights[embedding], embedding);
    const x = engine.buffer(gatherRows(table, width, batch.ids, scale), [batch.ids.length, width]);
    const output = await stack.forward(x, keep);
    const hidden = (await readFloats(output, "y")).slice(0, batch.targets.length * width);
    output.dispose();
    return {
      hidden,
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
    const give = (name: string, values: Float32Array) =>
      receive({ [name]: engine.buffer(values, parameters[name] as readonly number[]) });
    let ofHead = gradients.head;
    try {
      if (gradients.norm) give(plan.norm, gradients.norm);
      if (ofHead && plan.head !== plan.embedding) {
        receive({ [plan.head]: ofHead });
        ofHead = null;
      }
      if (!gradients.hidden) return;
      const tokens = batch.ids.length;
      const dy = new Float32Array(tokens * width);
      dy.set(gradients.hidden);
      const dx = await stack.backward(engine.buffer(dy, [tokens, width]), receive);
      if (!trained.has(plan.embedding) || !dx) return;
      const shape = [config.vocabularySize, width];
      const table = ofHead ?? engine.buffer(new Float32Array(config.vocabularySize * width), shape);
      addRows(floatsInMemory(table, plan.embedding), width, batch.ids, await readFloats(dx, "dx"), scale);
      dx.dispose();
      ofHead = null;
      receive({ [plan.embedding]: table });
    } finally {
      // Where a program failed: nobody else has it.
      ofHead?.dispose();
    }
  };

  const accumulateBatch = async (
    call: AccumulateRequest,
    batch: SharedBatch,
    stack: Stack,
    weights: Buffers,
    receive: ((gradients: Buffers) => void) | undefined,
  ): Promise<PassResult> => {
    const { rows } = call;
    const loss = lossOfCall(call, batch.loss);
    const skips = call.evaluate !== true && isWithoutGradient(call);
    const trains = call.evaluate !== true && !skips;
    const inputs = await headInputs(weights, plan, batch, stack, trains);
    const wants = { hidden: plan.hiddenGradient, norm: trained.has(plan.norm), head: trained.has(plan.head) };

    const fused = trains ? await head.fused(inputs, batch.loss, loss, wants) : null;
    const scores = fused?.scores ?? (await head.scores(inputs, temperatureOf(call.loss), true));
    const result = await head.loss(inputs, scores, batch.loss, loss, trains && !fused);
    const reply = {
      loss: result.loss,
      metrics: result.metrics,
      ...(loss.correction ? { logProbabilities: perRow(rows, batch, scores.logProbabilities) } : {}),
    };
    if (!trains) return { ...reply, ...(skips ? { skippedRows: rows.length } : {}), gradients: null };

    const gradients = fused?.gradients ?? (await head.backward(inputs, result, call.loss, wants));
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
      const { logProbabilities } = await head.scores(inputs, temperature, false);
      return perRow(rows, batch, logProbabilities);
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
    },
  };
};
