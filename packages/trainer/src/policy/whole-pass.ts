/** The training pass that compiles model, loss and gradients of one micro-batch into one program. */
import { disposeAll } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program } from "../engine/engine.js";
import { uniqueIds } from "../engine/operators/embedding.js";
import type { ModelConfig } from "../model/config.js";
import { completionLogProbabilities } from "../model/log-probabilities.js";
import { layOutBatch, type BatchArrays, type BatchShape } from "./batch-layout.js";
import {
  checkLoss,
  isMetricOutput,
  isWithoutGradient,
  lossBuffers,
  lossKey,
  lossOfCall,
  metricOfOutput,
  type CallLoss,
  type LossArrays,
} from "./loss-program.js";
import { createProgramCache } from "./program-cache.js";
import type { TokenRow } from "./protocol.js";
import type { PassLogProbabilities, TrainingPass, TrainingPassOptions } from "./training-pass.js";
import {
  gradientOutput,
  isGradientOutput,
  parameterSpecs,
  sequenceInputs,
  sequenceSpecs,
  trainingProgram,
} from "./training-program.js";

/** What programs of all shapes may keep, of training and of log-probabilities each; the newest shape's always stay. */
const PROGRAM_BYTES = 256 * 2 ** 20;
const PROGRAM_SHAPES = 6;

/** What a program keeps between runs, about: the activations of all layers, and scores over the vocabulary. */
const programBytes = (config: ModelConfig, { rows, promptTokens, completionTokens }: BatchShape): number => {
  const tokens = promptTokens + completionTokens;
  const perToken = 8 * config.hiddenSize + 4 * config.intermediateSize + 2 * config.attentionHeads * tokens;
  const floats = rows * (config.layers * tokens * perToken + 3 * completionTokens * config.vocabularySize);
  // ONNX Runtime plans a run's memory as a whole beside what the first run took.
  return 2 * floats * Float32Array.BYTES_PER_ELEMENT;
};

const scalarOf = async (buffer: Buffer): Promise<number> => {
  const [value] = buffer.data ?? (await buffer.read());
  return value as number;
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

const lossArrays = ({ shape, completionMask, advantages, values }: BatchArrays): LossArrays => ({
  rows: shape.rows,
  completionTokens: shape.completionTokens,
  completionMask,
  advantages,
  values,
});

/** A pass over the whole model at once. */
export const createWholePass = (options: TrainingPassOptions): TrainingPass => {
  const { engine, config, parameters, trainable, linear, padTokenId } = options;
  const trainingPrograms = createProgramCache(PROGRAM_BYTES, PROGRAM_SHAPES);
  const scoringPrograms = createProgramCache(PROGRAM_BYTES, PROGRAM_SHAPES);

  /** Weights that no training changes, inside of programs where each run would copy them to a device. */
  const frozenOf = (weights: Buffers): { readonly constants?: Buffers } => {
    if (engine.copiesInputs !== true || trainable.length === Object.keys(parameters).length) return {};
    const trained = new Set(trainable);
    return { constants: Object.fromEntries(Object.entries(weights).filter(([name]) => !trained.has(name))) };
  };

  const trainingProgramFor = (
    batch: BatchArrays,
    loss: CallLoss,
    gradients: boolean,
    distinctIds: number | null,
    weights: Buffers,
  ): Promise<Program> => {
    const shape = { name: JSON.stringify([batch.shape, distinctIds]), bytes: programBytes(config, batch.shape) };
    return trainingPrograms.get(shape, JSON.stringify([gradients, lossKey(loss)]), () => {
      const { program, inputs } = trainingProgram({
        config,
        parameters,
        trainable,
        linear,
        shape: batch.shape,
        loss,
        gradients,
        uniqueIds: distinctIds,
      });
      return engine.compile("train", program, inputs, { keeps: isGradientOutput, ...frozenOf(weights) });
    });
  };

  const logProbabilityProgramFor = (batch: BatchArrays, temperature: number, weights: Buffers): Promise<Program> => {
    // The reference of an adapter is the model without it: fewer weights, another program.
    const given = Object.fromEntries(Object.entries(parameters).filter(([name]) => weights[name] !== undefined));
    const shape = { name: JSON.stringify(batch.shape), bytes: programBytes(config, batch.shape) };
    return scoringPrograms.get(shape, JSON.stringify([temperature, Object.keys(given).length]), () =>
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

  /** A program's log-probabilities cut to the rows' completions. */
  const perRow = (rows: readonly TokenRow[], { shape }: BatchArrays, values: Float32Array): Float32Array[] =>
    rows.map(({ completionIds }, row) => {
      const start = row * shape.completionTokens;
      return values.slice(start, start + completionIds.length);
    });

  const logProbabilitiesOf = async (
    { rows, temperature }: PassLogProbabilities,
    weights: Buffers,
  ): Promise<Float32Array[]> => {
    const batch = layOutBatch(rows, padTokenId);
    const program = await logProbabilityProgramFor(batch, temperature, weights);
    const inputs = sequenceBuffers(engine, batch);
    const outputs = await program.run({ ...weights, ...inputs });
    disposeAll(inputs);
    const values = (await outputs["logProbabilities"]?.read()) as Float32Array;
    disposeAll(outputs);
    return perRow(rows, batch, values);
  };

  return {
    logProbabilities: logProbabilitiesOf,

    async accumulate(call, weights) {
      const { rows } = call;
      const batch = layOutBatch(rows, padTokenId);
      const loss = lossOfCall(call, batch);
      const skips = call.evaluate !== true && isWithoutGradient(call);
      const trains = call.evaluate !== true && !skips;
      const trainsEmbedding = trains && trainable.includes("model.embed_tokens.weight");
      const unique = trainsEmbedding ? uniqueBuffers(engine, batch, config.vocabularySize) : {};
      const program = await trainingProgramFor(batch, loss, trains, unique["uniqueIds"]?.shape[0] ?? null, weights);
      const inputs = {
        ...sequenceBuffers(engine, batch),
        ...unique,
        ...lossBuffers(engine, lossArrays(batch), loss.spec),
      };
      const outputs = await program.run({ ...weights, ...inputs }).finally(() => disposeAll(inputs));
      try {
        const metrics: Record<string, number> = {};
        for (const [name, buffer] of Object.entries(outputs)) {
          if (!isMetricOutput(name)) continue;
          metrics[metricOfOutput(name)] = await scalarOf(buffer);
          buffer.dispose();
        }
        const value = await scalarOf(outputs["loss"] as Buffer);
        outputs["loss"]?.dispose();
        checkLoss(value);
        const old = outputs["logProbabilities"];
        const logProbabilities = old ? perRow(rows, batch, (await old.read()) as Float32Array) : undefined;
        old?.dispose();
        const reply = { loss: value, metrics, ...(logProbabilities ? { logProbabilities } : {}) };
        if (!trains) return { ...reply, ...(skips ? { skippedRows: rows.length } : {}), gradients: null };
        const gradients = trainable.map((name) => [name, outputs[gradientOutput(name)] as Buffer] as const);
        return { ...reply, gradients: Object.fromEntries(gradients) };
      } catch (error) {
        // Where the loss is no number, or cannot be read: nobody else has the gradients.
        disposeAll(outputs);
        throw error;
      }
    },

    release() {
      trainingPrograms.dispose();
      scoringPrograms.dispose();
    },
  };
};
