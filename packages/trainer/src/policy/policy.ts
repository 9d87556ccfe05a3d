/**
 * The model in training with its programs, buffers and optimizer. Lives in the worker thread; the main thread talks
 * to it through `client.ts`.
 */
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import { linear } from "../model/linear.js";
import { loadModel, saveModel } from "../model/load.js";
import { createOptimizer } from "../optimize/optimizer.js";
import { createGenerator } from "../rollout/generate.js";
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
import { createWholePass } from "./whole-pass.js";

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

const openEngine = ({ kind, threads, backend }: EngineChoice): Promise<Engine> =>
  kind === "onnxruntime"
    ? createOnnxRuntimeEngine(threads === undefined ? {} : { threads })
    : createTfjsEngine(backend ?? "cpu");

const disposeAll = (buffers: Buffers): void => {
  for (const buffer of Object.values(buffers)) buffer.dispose();
};

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
  const pass = createWholePass({
    engine,
    config,
    parameters: shapes,
    trainable: Object.keys(shapes),
    linear,
    padTokenId,
  });
  const generator = createGenerator(engine, config);
  const optimizer = createOptimizer(weights);

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
      return pass.logProbabilities({ rows, temperature }, source);
    },

    async accumulate(call) {
      const { loss, metrics, gradients } = await pass.accumulate(call, weights);
      if (gradients) optimizer.add(gradients);
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
      pass.release();
      generator.dispose();
      disposeAll(weights);
      if (reference) disposeAll(reference);
      engine.dispose();
    },
  };
};
