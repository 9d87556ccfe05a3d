/**
 * The model in training with its programs, buffers and optimizer. Lives in the worker thread; the main thread talks
 * to it through `client.ts`.
 */
import { PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, Engine, Program } from "../engine/engine.js";
import { uniqueIds } from "../engine/operators/embedding.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import { loadModel, saveModel } from "../model/load.js";
import { completionLogProbabilities } from "../model/log-probabilities.js";
import { createOptimizer } from "../optimize/optimizer.js";
import { createGenerator } from "../rollout/generate.js";
import { layOutBatch, type BatchArrays, type TokenValue } from "./batch-layout.js";
import { createProgramCache } from "./program-cache.js";
import type {
  AccumulateReply,
  AccumulateRequest,
  EngineChoice,
  FinishedRow,
  GenerateRequest,
  LoadReply,
  LoadRequest,
  LogProbabilitiesRequest,
  SaveRequest,
  UpdateReply,
  UpdateRequest,
} from "./protocol.js";
import {
  gradientOutput,
  isMetricOutput,
  metricOfOutput,
  parameterSpecs,
  sequenceInputs,
  sequenceSpecs,
  trainingProgram,
} from "./training-program.js";

/** A loaded model. Its methods are those of the protocol and must be called one after another. */
export interface Policy {
  readonly info: LoadReply;
  generate(
    request: GenerateRequest,
    report: (rows: readonly FinishedRow[]) => void,
    signal?: AbortSignal,
  ): Promise<{ readonly tokens: number }>;
  logProbabilities(request: LogProbabilitiesRequest): Promise<readonly Float32Array[]>;
  accumulate(request: AccumulateRequest): Promise<AccumulateReply>;
  update(request: UpdateRequest): Promise<UpdateReply>;
  syncReference(request: { readonly alpha: number }): Promise<void>;
  save(request: SaveRequest): Promise<void>;
  dispose(): void;
}

/** Training programs kept at a time: a few lengths of prompt and completion. */
const PROGRAMS_KEPT = 6;

const openEngine = ({ kind, threads, backend }: EngineChoice): Promise<Engine> =>
  kind === "onnxruntime"
    ? createOnnxRuntimeEngine(threads === undefined ? {} : { threads })
    : createTfjsEngine(backend ?? "cpu");

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

/**
 * Loads a model and opens an engine for it.
 * @throws PavlovError where the folder is not a model that is known, or the engine is not there.
 */
export const loadPolicy = async (request: LoadRequest): Promise<Policy> => {
  const engine = await openEngine(request.engine);
  const { config, parameters } = await loadModel(request.model);
  const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));
  const weights: Record<string, Buffer> = {};
  const reference: Record<string, Buffer> | null = request.reference ? {} : null;
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    if (reference) reference[name] = engine.buffer(data.slice(), shape);
    weights[name] = engine.buffer(data, shape);
  }
  const padTokenId = config.padTokenId ?? config.eosTokenIds[0] ?? 0;
  const programs = createProgramCache(PROGRAMS_KEPT);
  const generator = createGenerator(engine, config);
  const optimizer = createOptimizer(weights);

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
        parameters: shapes,
        shape: batch.shape,
        loss: call.loss,
        values,
        gradients,
        uniqueIds: distinctIds,
      });
      return engine.compile("train", program, inputs);
    });
  };

  const logProbabilityProgramFor = (batch: BatchArrays, temperature: number): Promise<Program> =>
    programs.get(JSON.stringify(["log-probabilities", batch.shape, temperature]), () =>
      engine.compile(
        "log-probabilities",
        (inputs) => {
          const { logProbabilities } = completionLogProbabilities(config, inputs, sequenceInputs(inputs), {
            completionTokens: batch.shape.completionTokens,
            temperature,
          });
          return { logProbabilities };
        },
        { ...parameterSpecs(shapes), ...sequenceSpecs(batch.shape) },
      ),
    );

  return {
    info: {
      parameters: Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0),
      engine: engine.name,
      maxPositions: config.maxPositions,
      vocabularySize: config.vocabularySize,
      eosTokenIds: config.eosTokenIds,
      padTokenId,
    },

    async generate(call, report, signal) {
      const completions = await generator.generate(weights, {
        ...call,
        ...(signal ? { signal } : {}),
        onFinished: ({ row, tokenIds, logProbabilities, finishReason }) =>
          report([{ row, tokenIds, logProbabilities, finishReason }]),
      });
      return { tokens: completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0) };
    },

    async logProbabilities({ rows, which, temperature }) {
      const source = which === "policy" ? weights : reference;
      if (!source) throw new Error("The policy was loaded without a reference.");
      const batch = layOutBatch(rows, padTokenId);
      const program = await logProbabilityProgramFor(batch, temperature);
      const inputs = sequenceBuffers(engine, batch);
      const outputs = await program.run({ ...source, ...inputs });
      disposeAll(inputs);
      const values = (await outputs["logProbabilities"]?.read()) as Float32Array;
      disposeAll(outputs);
      const { completionTokens } = batch.shape;
      return rows.map(({ completionIds }, row) =>
        values.slice(row * completionTokens, row * completionTokens + completionIds.length),
      );
    },

    async accumulate(call) {
      const batch = layOutBatch(call.rows, padTokenId);
      const unique = call.evaluate === true ? {} : uniqueBuffers(engine, batch, config.vocabularySize);
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
      if (!Number.isFinite(loss)) {
        throw new PavlovError(`The loss is ${loss}.`, {
          hint: "Lower learningRate, or look for a reward with extreme scores.",
        });
      }
      if (call.evaluate !== true) {
        optimizer.add(
          Object.fromEntries(Object.keys(weights).map((name) => [name, outputs[gradientOutput(name)] as Buffer])),
        );
      }
      return { loss, metrics };
    },

    async update(options) {
      return optimizer.step(options);
    },

    async syncReference({ alpha }) {
      if (!reference) throw new Error("The policy was loaded without a reference.");
      for (const [name, { data: frozen }] of Object.entries(reference)) {
        const current = weights[name]?.data;
        if (!frozen || !current) throw new Error(`The reference needs ${name} in memory.`);
        for (let index = 0; index < frozen.length; index++) {
          frozen[index] = alpha * (current[index] as number) + (1 - alpha) * (frozen[index] as number);
        }
      }
    },

    async save({ folder }) {
      const trained: typeof parameters = {};
      for (const [name, { shape }] of Object.entries(parameters)) {
        const buffer = weights[name] as Buffer;
        trained[name] = { shape, data: (buffer.data ?? (await buffer.read())) as Float32Array };
      }
      await saveModel(folder, { parameters: trained, source: request.model });
    },

    dispose() {
      programs.dispose();
      generator.dispose();
      disposeAll(weights);
      if (reference) disposeAll(reference);
      engine.dispose();
    },
  };
};
