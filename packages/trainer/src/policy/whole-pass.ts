/** The training pass that compiles model, loss and gradients of one micro-batch into one program. */
import { PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, Engine, Program } from "../engine/engine.js";
import { uniqueIds } from "../engine/operators/embedding.js";
import { completionLogProbabilities } from "../model/log-probabilities.js";
import { layOutBatch, type BatchArrays, type TokenValue } from "./batch-layout.js";
import { createProgramCache } from "./program-cache.js";
import type { AccumulateRequest } from "./protocol.js";
import type { TrainingPass, TrainingPassOptions } from "./training-pass.js";
import {
  gradientOutput,
  isMetricOutput,
  metricOfOutput,
  parameterSpecs,
  sequenceInputs,
  sequenceSpecs,
  trainingProgram,
} from "./training-program.js";

/** Programs kept at a time: a few lengths of prompt and completion. */
const PROGRAMS_KEPT = 6;

const scalarOf = async (buffer: Buffer): Promise<number> => {
  const [value] = buffer.data ?? (await buffer.read());
  return value as number;
};

const disposeAll = (buffers: Buffers): void => {
  for (const buffer of Object.values(buffers)) buffer.dispose();
};

/** Buffers of the inputs that describe the token rows. */
const sequenceBuffers = (engine: Engine, batch: BatchArrays): Record<string, Buffer> => {
  const { rows, promptTokens, completionTokens } = batch.shape;
  const shape = [rows, promptTokens + completionTokens];
  return {
    ids: engine.buffer(batch.ids, shape),
    positions: engine.buffer(batch.positions, shape),
    keyMask: engine.buffer(batch.keyMask, shape),
  };
};

/** Vocabularies from this size on have an embedding gradient computed from the batch's distinct ids. */
const LARGE_VOCABULARY = 1024;

/** The number of distinct ids is rounded up to a multiple of this, so that few programs are compiled. */
const UNIQUE_IDS_BUCKET = 128;

/** Buffers of the batch's distinct ids; none for a small vocabulary, where they would save nothing. */
const uniqueBuffers = (engine: Engine, { ids }: BatchArrays, vocabularySize: number): Record<string, Buffer> => {
  if (vocabularySize < LARGE_VOCABULARY) return {};
  const unique = uniqueIds(ids, vocabularySize, UNIQUE_IDS_BUCKET);
  return {
    uniqueIds: engine.buffer(unique.uniqueIds, [unique.uniqueIds.length]),
    inverse: engine.buffer(unique.inverse, [unique.inverse.length]),
  };
};

/** Buffers of the inputs that the loss reads. */
const lossBuffers = (engine: Engine, batch: BatchArrays, { loss }: AccumulateRequest): Record<string, Buffer> => {
  const { rows, completionTokens } = batch.shape;
  const perToken = [rows, completionTokens];
  const scalar = (value: number): Buffer => engine.buffer(Float32Array.of(value), []);
  const buffers: Record<string, Buffer> = {
    completionMask: engine.buffer(batch.completionMask, perToken),
    itemsInBatch: scalar(loss.itemsInBatch),
  };
  if (loss.kind === "sft") return buffers;
  for (const [name, values] of Object.entries(batch.values)) buffers[name] = engine.buffer(values, perToken);
  return {
    ...buffers,
    advantages: engine.buffer(batch.advantages, [rows]),
    gradientAccumulation: scalar(loss.gradientAccumulationSteps),
    stepsPerGeneration: scalar(loss.stepsPerGeneration),
    entropyCoefficient: scalar(loss.entropyCoefficient),
  };
};

/** What of a loss is compiled into its program, as a key. */
const lossKey = ({ loss }: AccumulateRequest): string =>
  loss.kind === "sft" ? "sft" : JSON.stringify([loss.options, loss.temperature]);

/** A pass over the whole model at once. */
export const createWholePass = (options: TrainingPassOptions): TrainingPass => {
  const { engine, config, parameters, trainable, linear, padTokenId } = options;
  const programs = createProgramCache(PROGRAMS_KEPT);

  const trainingProgramFor = (
    batch: BatchArrays,
    call: AccumulateRequest,
    distinctIds: number | null,
  ): Promise<Program> => {
    const values = call.loss.kind === "sft" ? [] : (Object.keys(batch.values) as TokenValue[]);
    const gradients = call.evaluate !== true;
    const key = JSON.stringify(["train", batch.shape, values, gradients, distinctIds, lossKey(call)]);
    return programs.get(key, () => {
      const { program, inputs } = trainingProgram({
        config,
        parameters,
        trainable,
        linear,
        shape: batch.shape,
        loss: call.loss,
        values,
        gradients,
        uniqueIds: distinctIds,
      });
      return engine.compile("train", program, inputs);
    });
  };

  const logProbabilityProgramFor = (batch: BatchArrays, temperature: number, weights: Buffers): Promise<Program> => {
    // The reference of an adapter is the model without it: fewer weights, another program.
    const given = Object.fromEntries(Object.entries(parameters).filter(([name]) => weights[name] !== undefined));
    const key = JSON.stringify(["log-probabilities", batch.shape, temperature, Object.keys(given).length]);
    return programs.get(key, () =>
      engine.compile(
        "log-probabilities",
        (inputs) => {
          const { logProbabilities } = completionLogProbabilities(
            config,
            inputs,
            { ...sequenceInputs(inputs), linear },
            { completionTokens: batch.shape.completionTokens, temperature },
          );
          return { logProbabilities };
        },
        { ...parameterSpecs(given), ...sequenceSpecs(batch.shape) },
      ),
    );
  };

  return {
    async logProbabilities({ rows, temperature }, weights) {
      const batch = layOutBatch(rows, padTokenId);
      const program = await logProbabilityProgramFor(batch, temperature, weights);
      const inputs = sequenceBuffers(engine, batch);
      const outputs = await program.run({ ...weights, ...inputs });
      disposeAll(inputs);
      const values = (await outputs["logProbabilities"]?.read()) as Float32Array;
      disposeAll(outputs);
      const { completionTokens } = batch.shape;
      return rows.map(({ completionIds }, row) =>
        values.slice(row * completionTokens, row * completionTokens + completionIds.length),
      );
    },

    async accumulate(call, weights) {
      const batch = layOutBatch(call.rows, padTokenId);
      const trainsEmbedding = call.evaluate !== true && trainable.includes("model.embed_tokens.weight");
      const unique = trainsEmbedding ? uniqueBuffers(engine, batch, config.vocabularySize) : {};
      const program = await trainingProgramFor(batch, call, unique["uniqueIds"]?.shape[0] ?? null);
      const inputs = { ...sequenceBuffers(engine, batch), ...unique, ...lossBuffers(engine, batch, call) };
      const outputs = await program.run({ ...weights, ...inputs });
      disposeAll(inputs);
      const metrics: Record<string, number> = {};
      for (const [name, buffer] of Object.entries(outputs)) {
        if (!isMetricOutput(name)) continue;
        metrics[metricOfOutput(name)] = await scalarOf(buffer);
        buffer.dispose();
      }
      const loss = await scalarOf(outputs["loss"] as Buffer);
      outputs["loss"]?.dispose();
      checkLoss(loss);
      if (call.evaluate === true) return { loss, metrics, gradients: null };
      const gradients = trainable.map((name) => [name, outputs[gradientOutput(name)] as Buffer] as const);
      return { loss, metrics, gradients: Object.fromEntries(gradients) };
    },

    release: () => programs.dispose(),
  };
};

/** @throws PavlovError where the loss is no number. */
export const checkLoss = (loss: number): void => {
  if (Number.isFinite(loss)) return;
  throw new PavlovError(`The loss is ${loss}.`, {
    hint: "Lower learningRate, or look for a reward with extreme scores.",
  });
};
