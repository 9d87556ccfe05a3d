/**
 * The model in training with its programs, buffers and optimizer. Lives in a process of its own; the main process
 * talks to it through `client.ts`.
 */
import { openEngine } from "../device/open-engine.js";
import { trafficBetween, type Traffic } from "../engine/traffic.js";
import { createDeviceOptimizer } from "../optimize/device-optimizer.js";
import { createOptimizer } from "../optimize/optimizer.js";
import { createGenerator } from "../rollout/generate.js";
import { availableMemory, memoryFacts } from "../run/memory-available.js";
import { createTrainingPass } from "./create-pass.js";
import type {
  AccumulateReply,
  AccumulateRequest,
  FinishedRow,
  GenerateReply,
  GenerateRequest,
  LoadCheckpointRequest,
  LoadReply,
  LoadRequest,
  LogProbabilitiesRequest,
  SaveCheckpointReply,
  SaveCheckpointRequest,
  SaveRequest,
  UpdateReply,
  UpdateRequest,
} from "./protocol.js";
import { loadTrainingState, saveTrainingState } from "./training-state.js";
import { countOf, loadWeights } from "./weights.js";

/** A loaded model. Its methods are those of the protocol and must be called one after another. */
export interface Policy {
  readonly info: LoadReply;
  generate(
    request: GenerateRequest,
    report: (rows: readonly FinishedRow[]) => void,
    signal?: AbortSignal,
  ): Promise<GenerateReply>;
  logProbabilities(request: LogProbabilitiesRequest): Promise<readonly Float32Array[]>;
  accumulate(request: AccumulateRequest): Promise<AccumulateReply>;
  update(request: UpdateRequest): Promise<UpdateReply>;
  syncReference(request: { readonly alpha: number }): Promise<void>;
  save(request: SaveRequest): Promise<void>;
  saveCheckpoint(request: SaveCheckpointRequest): Promise<SaveCheckpointReply>;
  loadCheckpoint(request: LoadCheckpointRequest): Promise<void>;
  /**
   * What has crossed between memory and the device since loading began, once the device has done all that it was asked
   * for; undefined where nothing crosses.
   */
  traffic(): Promise<Traffic | undefined>;
  dispose(): void;
}

/** Free bytes below which sampling gives back all of its programs before training. */
const scarceMemory = 2 ** 30;

/** Bytes that this process may take beside what it and its caller hold. */
const freeMemory = (callerBytes: number): number => {
  const facts = memoryFacts(callerBytes);
  return availableMemory(facts).bytes - facts.own;
};

/**
 * Loads a model and opens an engine for it.
 * @throws PavlovError where the folder is not a model that is known, or the engine is not there.
 */
export const loadPolicy = async (request: LoadRequest): Promise<Policy> => {
  const { engine, device, skipped } = await openEngine(request.engine);
  // A device was tried before it was taken.
  const tried = await engine.traffic?.();
  const started = performance.now();
  const weights = await loadWeights(engine, request).catch((error: unknown) => {
    engine.dispose();
    throw error;
  });
  const { config, shapes, trainable, linear, reference } = weights;
  const padTokenId = config.padTokenId ?? config.eosTokenIds[0] ?? 0;
  const checkpointing = request.gradientCheckpointing ?? false;
  const pass = createTrainingPass(
    { engine, config, parameters: shapes, trainable, linear, padTokenId, checkpointing },
    request.pass,
  );
  const generator = createGenerator(engine, config);
  const optimizer = engine.inMemory
    ? createOptimizer(weights.trained)
    : await createDeviceOptimizer(engine, weights.trained).catch((error: unknown) => {
        weights.dispose();
        engine.dispose();
        throw error;
      });
  // The weights are there only when the device says so.
  await engine.traffic?.();
  const loadSeconds = (performance.now() - started) / 1000;

  const policy: Policy = {
    info: {
      parameters: countOf(shapes),
      trainableParameters: countOf(shapes, trainable),
      engine: engine.name,
      device,
      skippedDevices: skipped,
      maxPositions: config.maxPositions,
      vocabularySize: config.vocabularySize,
      eosTokenIds: config.eosTokenIds,
      padTokenId,
      loadSeconds,
    },

    async generate(call, report, signal) {
      const completions = await generator.generate(await weights.rollout(), {
        ...call,
        ...(signal ? { signal } : {}),
        onFinished: ({ row, tokenIds, logProbabilities, finishReason }) =>
          report([{ row, tokenIds, logProbabilities, finishReason }]),
      });
      const costs = generator.costs();
      const tokens = completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
      return { tokens, ...(costs ? { costs } : {}) };
    },

    async logProbabilities({ rows, which, temperature }) {
      const source = which === "policy" ? weights.all : reference;
      if (!source) throw new Error("The policy was loaded without a reference.");
      return pass.logProbabilities({ rows, temperature }, source);
    },

    async accumulate(call) {
      // Copies of the weights will be stale after the step, and the pass can use their memory, which is warm: with 32
      // completions of SmolLM2 on two cores a pass took 16 seconds so, and 20 where they stayed.
      if (call.evaluate !== true) {
        const isScarce = freeMemory(request.callerBytes ?? 0) < scarceMemory;
        generator.release(isScarce);
        if (isScarce) weights.releaseRollout();
      }
      const { gradients, ...reply } = await pass.accumulate(call, weights.all, (more) => optimizer.add(more));
      if (gradients) optimizer.add(gradients);
      return reply;
    },

    async update(options) {
      const step = await optimizer.step(options);
      weights.changed();
      generator.weightsChanged();
      return step;
    },

    async syncReference({ alpha }) {
      await weights.syncReference(alpha);
    },

    async save({ folder }) {
      optimizer.checkWhole();
      await weights.save(folder);
    },

    async saveCheckpoint({ folder, reference: withReference }) {
      await policy.save({ folder });
      const state = { trained: weights.trained, optimizer, reference: withReference ? reference : null };
      return { optimizerSteps: await saveTrainingState(folder, state) };
    },

    async loadCheckpoint({ folder, optimizerSteps, reference: withReference }) {
      const state = { trained: weights.trained, optimizer, reference: withReference ? reference : null };
      await loadTrainingState(folder, optimizerSteps, state);
      weights.changed();
      generator.weightsChanged();
    },

    async traffic() {
      const now = await engine.traffic?.();
      return tried && now && trafficBetween(tried, now);
    },

    dispose() {
      pass.release();
      generator.dispose();
      optimizer.dispose();
      weights.dispose();
      engine.dispose();
    },
  };
  return policy;
};
