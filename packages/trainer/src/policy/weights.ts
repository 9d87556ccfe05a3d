/**
 * The weights of a policy: which of them training changes, what rollouts sample from, and what KL is measured against.
 * Without an adapter all are trained and the reference is a copy. With one the base is frozen, its adapter is trained,
 * and the reference is the base itself (or, where an adapter is trained on, the adapter as it was), as in TRL.
 */
import { PavlovError } from "@pavlov/core";
import { disposeAll, readFloats } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import type { JsonObject, ModelConfig } from "../model/config.js";
import { adaptedLinear, linear, type Linear } from "../model/linear.js";
import { loadModel, saveModel } from "../model/load.js";
import { requireSameLora } from "../model/lora/check-lora.js";
import { initializeAdapter } from "../model/lora/initialize.js";
import { loadAdapter } from "../model/lora/load-adapter.js";
import { baseReference } from "../model/lora/locate.js";
import { peftConfigJson } from "../model/lora/peft-config.js";
import { saveAdapter } from "../model/lora/save-adapter.js";
import { loraScale, type LoraSettings } from "../model/lora/settings.js";
import { adaptedShapes, resolveTargets, shortestTargets } from "../model/lora/target-modules.js";
import { elementCount, type Parameter, type Parameters } from "../model/parameters.js";
import { createMergedWeights } from "./merged-weights.js";
import type { LoadRequest } from "./protocol.js";
import { createFollower } from "./reference-follower.js";

export interface PolicyWeights {
  readonly config: ModelConfig;
  /** Names and shapes of all weights that training reads, an adapter's among them, first layer first. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Names of those that training changes, in the same order. */
  readonly trainable: readonly string[];
  /** How projections are computed from `all`. */
  readonly linear: Linear;
  /** The buffers of `shapes`. */
  readonly all: Buffers;
  /** The buffers of `trainable`. */
  readonly trained: Buffers;
  /** What KL is measured against; null where the policy was loaded without a reference. */
  readonly reference: Buffers | null;
  /**
   * What completions are sampled from: a model's own weights, an adapter merged into them. In memory the same buffers each
   * time, with new values after {@link changed}; on a device those of an adapter are new ones then.
   */
  rollout(): Promise<Buffers>;
  /** Tells that trained weights have other values now. */
  changed(): void;
  /** Frees what {@link rollout} holds beside the weights themselves, until it is called again. */
  releaseRollout(): void;
  /** reference <- alpha * policy + (1 - alpha) * reference. */
  syncReference(alpha: number): Promise<void>;
  /** Writes a model, or an adapter alone, in the layout that transformers and PEFT read. */
  save(folder: string): Promise<void>;
  dispose(): void;
}

/** Where weights are put. */
type Memory = Pick<Engine, "inMemory" | "resident">;

/** The engine's memory, which notes in `made` what is put there. */
const notingMemory = ({ inMemory, resident }: Engine, made: Buffer[]): Memory => ({
  inMemory,
  async resident(...values) {
    const buffer = await resident(...values);
    made.push(buffer);
    return buffer;
  },
});

const toBuffers = async (memory: Memory, parameters: Parameters): Promise<Record<string, Buffer>> => {
  const buffers: Record<string, Buffer> = {};
  for (const [name, { shape, data }] of Object.entries(parameters)) buffers[name] = await memory.resident(data, shape);
  return buffers;
};

const copyToBuffers = (memory: Memory, parameters: Parameters): Promise<Record<string, Buffer>> => {
  if (!memory.inMemory) return toBuffers(memory, parameters);
  const copies = Object.entries(parameters).map(
    ([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const,
  );
  return toBuffers(memory, Object.fromEntries(copies));
};

/** The values of some buffers: the arrays themselves where they are in memory. */
const readAll = async (buffers: Buffers): Promise<Record<string, Parameter>> => {
  const parameters: Record<string, Parameter> = {};
  for (const [name, buffer] of Object.entries(buffers)) {
    parameters[name] = { shape: buffer.shape, data: await readFloats(buffer, name) };
  }
  return parameters;
};

/**
 * Loads the weights that a policy is asked for.
 * @throws PavlovError where the model, the adapter or LoRA's options are wrong, or the engine has no memory for them; it
 *   then holds none.
 */
export const loadWeights = async (engine: Engine, request: LoadRequest): Promise<PolicyWeights> => {
  const { config, parameters } = await loadModel(request.model);
  const adapter = await openAdapter(request, config);
  const made: Buffer[] = [];
  const memory = notingMemory(engine, made);
  try {
    return adapter
      ? await adaptedWeights(engine, memory, request, config, parameters, adapter)
      : await wholeWeights(engine, memory, request, config, parameters);
  } catch (error) {
    for (const buffer of made) buffer.dispose();
    throw error;
  }
};

/** All weights are trained. */
const wholeWeights = async (
  engine: Engine,
  memory: Memory,
  request: LoadRequest,
  config: ModelConfig,
  parameters: Parameters,
): Promise<PolicyWeights> => {
  const reference = request.reference ? await copyToBuffers(memory, parameters) : null;
  const all = await toBuffers(memory, parameters);
  const follow = createFollower(engine);
  return {
    config,
    shapes: Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape])),
    trainable: Object.keys(all),
    linear,
    all,
    trained: all,
    reference,
    rollout: () => Promise.resolve(all),
    changed: () => undefined,
    releaseRollout: () => undefined,
    async syncReference(alpha) {
      if (!reference) throw new Error("The policy was loaded without a reference.");
      await follow(reference, all, alpha);
    },
    save: async (folder) => saveModel(folder, { parameters: await readAll(all), source: request.model }),
    dispose() {
      disposeAll(all);
      if (reference) disposeAll(reference);
    },
  };
};

/** An adapter that is trained: a new one, or one that was trained before. */
interface OpenedAdapter {
  readonly settings: LoraSettings;
  readonly parameters: Parameters;
  /** adapter_config.json as it will be written. */
  readonly configJson: JsonObject;
  /** The folder that it came from. */
  readonly source: string | null;
}

const openAdapter = async (request: LoadRequest, config: ModelConfig): Promise<OpenedAdapter | null> => {
  const { model, adapter, lora } = request;
  const reference = { base_model_name_or_path: baseReference(model).base, revision: baseReference(model).revision };
  if (adapter !== undefined && adapter !== null) {
    const { peft, parameters, projections } = await loadAdapter(adapter, config, model);
    if (lora) requireSameLora(config, lora, { peft, projections }, adapter);
    return {
      settings: peft,
      parameters,
      configJson: { ...peft.json, ...reference, inference_mode: true },
      source: adapter,
    };
  }
  if (!lora) return null;
  const projections = resolveTargets(config, lora.targetModules);
  return {
    settings: lora,
    parameters: initializeAdapter(config, projections, lora),
    configJson: peftConfigJson({
      ...lora,
      targetModules: shortestTargets(config, projections),
      ...baseReference(model),
    }),
    source: null,
  };
};

/** The base is frozen; the adapter is trained. */
const adaptedWeights = async (
  engine: Engine,
  memory: Memory,
  request: LoadRequest,
  config: ModelConfig,
  parameters: Parameters,
  adapter: OpenedAdapter,
): Promise<PolicyWeights> => {
  const scale = loraScale(adapter.settings);
  const base = await toBuffers(memory, parameters);
  // TRL: a new adapter's reference is the model without it, that of one trained before is a copy of it.
  const frozen = request.reference && adapter.source !== null ? await copyToBuffers(memory, adapter.parameters) : {};
  const trained = await toBuffers(memory, adapter.parameters);
  const shapes = adaptedShapes(
    config,
    Object.fromEntries(Object.entries(adapter.parameters).map(([name, { shape }]) => [name, shape])),
  );
  const all = Object.fromEntries(Object.keys(shapes).map((name) => [name, (trained[name] ?? base[name]) as Buffer]));
  const merged = createMergedWeights(engine, all, scale);
  let sampled: Buffers | null = null;
  return {
    config,
    shapes,
    trainable: Object.keys(shapes).filter((name) => trained[name] !== undefined),
    linear: adaptedLinear(scale),
    all,
    trained,
    reference: request.reference ? { ...base, ...frozen } : null,
    async rollout() {
      sampled ??= await merged.refresh();
      return sampled;
    },
    changed: () => (sampled = null),
    releaseRollout() {
      sampled = null;
      merged.release();
    },
    async syncReference() {
      throw new PavlovError("A reference cannot follow an adapter: the reference is the base model itself.", {
        hint: "Remove syncRefModel, or train all weights (without lora).",
      });
    },
    save: async (folder) =>
      saveAdapter(folder, {
        parameters: await readAll(trained),
        configJson: adapter.configJson,
        tokenizer: request.tokenizer ?? request.model,
        source: adapter.source,
      }),
    dispose() {
      merged.dispose();
      disposeAll(base);
      disposeAll(trained);
      disposeAll(frozen);
    },
  };
};

/** How many numbers some weights hold. */
export const countOf = (
  shapes: Readonly<Record<string, readonly number[]>>,
  names: readonly string[] = Object.keys(shapes),
): number => names.reduce((sum, name) => sum + elementCount(shapes[name] ?? []), 0);
