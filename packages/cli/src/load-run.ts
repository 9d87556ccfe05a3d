/** From a config file to what the trainer takes: rewards composed, datasets read and checked, paths made absolute. */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openRegistry, PavlovError, type CheckDatasetOptions, type Composite } from "@pavlov/core";
import { composeFromConfig, loadConfig, resolveConfigPaths, type LoadedConfig } from "@pavlov/core/config";
import builtIn from "@pavlov/rewards";
import type { EngineChoice } from "@pavlov/trainer";
import type { z } from "zod";
import type { ScoringConfig } from "./config-parts.js";
import type { Config, SFTFile } from "./config-schema.js";
import { successRule, type SuccessRule } from "./success.js";
import { shownPath } from "./terminal/sections.js";
import { hasTrainer } from "./trainer.js";

/** Command-line options that change a config. */
export interface ConfigOptions {
  /** `--set a.b=c`, as typed after `--set`. */
  readonly set?: readonly string[];
  /** `--output`, from the working directory. */
  readonly output?: string;
  /** `--seed` */
  readonly seed?: number;
  /** `--device` */
  readonly device?: string;
  /** `--model`: an id of the hub, or a folder from the working directory. */
  readonly model?: string;
  /** `--revision`, of a model of the hub. */
  readonly revision?: string;
  /** `--offline` */
  readonly offline?: boolean;
  /** False: `--no-cache` */
  readonly cache?: boolean;
}

/** The folders of a model, as the trainer takes them. */
export interface ModelFolders {
  readonly model: string;
  /** Of an adapter for the model. */
  readonly adapter?: string;
}

/** A checked config with absolute paths; what is not absolute is an id of the hub. */
export interface OpenedConfig<Value> {
  readonly config: Value;
  readonly loaded: LoadedConfig<Value>;
}

/** Reads and checks the config of `train` and `eval`. */
export async function openConfig(path: string | undefined, options: ConfigOptions): Promise<OpenedConfig<Config>> {
  const { configSchema } = await import("./config-schema.js");
  const loaded = await loadConfig({ path, schema: configSchema, overrides: overrides(options) });
  await checkDevice(loaded);
  return { config: await withFolders(loaded, options), loaded };
}

/** Reads and checks the config of `score`, `audit` and `config`, which may have no model. */
export async function openScoringConfig(
  path: string | undefined,
  options: ConfigOptions,
): Promise<OpenedConfig<ScoringConfig>> {
  // Where there is no trainer, its options are not checked.
  const { scoringSchema } = hasTrainer() ? await import("./config-schema.js") : await import("./config-parts.js");
  const schema: z.ZodType<ScoringConfig> = scoringSchema;
  const loaded = await loadConfig({ path, schema, overrides: overrides(options) });
  await checkDevice(loaded);
  return { config: await withFolders(loaded, options), loaded };
}

/** Reads and checks the config of `sft`. */
export async function openSFTFile(path: string | undefined, options: ConfigOptions): Promise<OpenedConfig<SFTFile>> {
  const { sftFileSchema } = await import("./config-schema.js");
  const loaded = await loadConfig({ path, schema: sftFileSchema, overrides: overrides(options) });
  await checkDevice(loaded);
  return { config: await withFolders(loaded, options), loaded };
}

function overrides({ set = [], seed, device }: ConfigOptions): readonly string[] {
  return [
    ...set,
    ...(seed === undefined ? [] : [`train.seed=${seed}`]),
    ...(device === undefined ? [] : [`device=${device}`]),
  ];
}

type WithSources = Pick<ScoringConfig, "model" | "adapter" | "dataset" | "output"> & {
  evalDataset?: Config["evalDataset"];
};

/** Paths of a config are relative to the config; those of the command line to where its user is. */
async function withFolders<Value extends WithSources>(
  { value, folder }: LoadedConfig<Value>,
  { output, model }: ConfigOptions,
): Promise<Value> {
  const resolved = resolveConfigPaths(value, folder);
  // A model of the command line replaces the config's, with its adapter.
  const adapter =
    model === undefined && value.adapter !== undefined ? await idOrFolder(value.adapter, folder) : undefined;
  const [given, base] = model === undefined ? [value.model, folder] : [model, process.cwd()];
  return {
    ...resolved,
    adapter,
    ...(given === undefined ? {} : { model: await idOrFolder(given, base) }),
    dataset: await withId(resolved.dataset, value.dataset, folder),
    ...(value.evalDataset && resolved.evalDataset
      ? { evalDataset: await withId(resolved.evalDataset, value.evalDataset, folder) }
      : {}),
    ...(output === undefined ? {} : { output: resolve(output) }),
  };
}

async function idOrFolder(reference: string, base: string): Promise<string> {
  if (!hasTrainer()) return reference;
  const { readReference } = await import("@pavlov/trainer/config");
  const read = await readReference(reference, base);
  return read.kind === "id" ? read.id : read.path;
}

/** The dataset as it was given where it is the hub's. */
async function withId<Options extends Config["dataset"]>(
  resolved: Options,
  given: Options,
  base: string,
): Promise<Options> {
  if (!hasTrainer()) return resolved;
  const { datasetId } = await import("@pavlov/trainer/config");
  return (await datasetId(given.path, base)) === null ? resolved : given;
}

/** What a model's folder holds beside its weights. */
const modelFiles = ["config.json", "tokenizer.json", "tokenizer_config.json"];

/** What is wrong with a model's folder, if anything is. */
export async function modelProblem(folder: string): Promise<PavlovError | undefined> {
  const files = await readdir(folder).catch(() => undefined);
  const hint = `Give a folder in Hugging Face layout: ${modelFiles.join(", ")} and model.safetensors.`;
  if (files === undefined) return new PavlovError(`There is no model folder ${shownPath(folder)}.`, { hint });
  // An adapter has its base elsewhere, which is looked for when it is loaded.
  if (files.includes(adapterFile) && !files.some((file) => /^model.*\.safetensors$/.test(file))) return undefined;
  const missing = modelFiles.filter((file) => !files.includes(file));
  if (!files.some((file) => /^model.*\.safetensors$/.test(file))) missing.push("model.safetensors");
  if (missing.length === 0) return undefined;
  return new PavlovError(`${shownPath(folder)} is not a model: it has no ${missing.join(", no ")}.`, { hint });
}

const adapterFile = "adapter_config.json";

/** What is wrong with an adapter's folder, if it is seen at once. */
export async function adapterProblem(folder: string): Promise<PavlovError | undefined> {
  const files = await readdir(folder).catch(() => undefined);
  if (files?.includes(adapterFile)) return undefined;
  const message = files === undefined ? `There is no adapter folder ${shownPath(folder)}.` : undefined;
  return new PavlovError(message ?? `${shownPath(folder)} is not an adapter: it has no ${adapterFile}.`, {
    hint: `Give a folder in PEFT's layout: ${adapterFile} and adapter_model.safetensors.`,
  });
}

/**
 * Checks LoRA's options against the model, before the time that measuring it takes.
 * @throws PavlovError that names the line.
 */
export async function checkLoraOptions({ config, loaded }: OpenedConfig<Config>, folders: ModelFolders): Promise<void> {
  const { lora } = config.train;
  if (lora === null) return;
  const { checkLora } = await import("@pavlov/trainer");
  await checkLora(lora, folders).catch((error: unknown) => {
    if (!PavlovError.isInstance(error)) throw error;
    throw loaded.error(["train", "lora"], error.message, { hint: error.hint, cause: error });
  });
}

/** The engine of a config, as the trainer takes it: an option that is not given is not there. */
export function engineOption({ device, engine }: Pick<Config, "device" | "engine">): { engine: EngineChoice } {
  if (engine === undefined) return { engine: { device } };
  const { kind, threads, backend } = engine;
  const options = { ...(threads === undefined ? {} : { threads }), ...(backend === undefined ? {} : { backend }) };
  return { engine: { device, kind, ...options } };
}

/**
 * Checks that the engine computes on the device, and that the device has what training asks of it.
 * @throws PavlovError that names the line of the engine, or of the rollouts' precision.
 */
async function checkDevice(loaded: LoadedConfig<Pick<Config, "device" | "engine"> & { readonly train: object }>) {
  if (!hasTrainer()) return;
  const { checkEngineChoice, precisionProblem } = await import("@pavlov/trainer/config");
  const { engine } = engineOption(loaded.value);
  try {
    checkEngineChoice(engine);
  } catch (error) {
    if (!PavlovError.isInstance(error)) throw error;
    const at = engine.device === "cpu" ? "backend" : "kind";
    throw loaded.error(["engine", at], error.message, { hint: error.hint, cause: error });
  }
  const { rollout }: { readonly rollout?: Config["train"]["rollout"] } = loaded.value.train;
  const problem = rollout && precisionProblem(engine, rollout.precision);
  if (problem !== undefined) throw loaded.error(["train", "rollout", "precision"], problem);
}

/** The rewards of a config as one composite. Errors name the line. */
export async function openRewards({
  config,
  loaded,
}: OpenedConfig<Pick<Config, "rewards" | "combine">>): Promise<Composite> {
  const module = import.meta.resolve("@pavlov/rewards");
  const registry = await openRegistry({ plugins: [{ plugin: builtIn, module }], cwd: loaded.folder });
  const file = pathToFileURL(loaded.path).href;
  return composeFromConfig(config, registry.resolve, loaded, registry.preset, (reward) =>
    registry.locate(reward, file),
  );
}

/** How a column that a dataset does not have is told: where the config maps it, or names the reward that needs it. */
export function columnPlace({ loaded }: OpenedConfig<Pick<Config, "rewards">>): Required<CheckDatasetOptions> {
  return {
    place(message, { names: [name = ""], column }) {
      const use = Object.hasOwn(loaded.value.rewards, name) ? loaded.value.rewards[name] : undefined;
      const mapped = use?.columns !== undefined && Object.hasOwn(use.columns, column);
      const path = use === undefined ? ["$preset"] : mapped ? [name, "columns", column] : [name];
      return loaded.error(["rewards", ...path], message, { part: mapped ? "value" : "key" }).message;
    },
  };
}

/** Where results of cacheable rewards are kept: beside the config, for all its runs. Not with `--no-cache`. */
export function rewardCacheOption(
  { loaded }: { readonly loaded: Pick<LoadedConfig<unknown>, "folder"> },
  { cache = true }: Pick<ConfigOptions, "cache">,
): { rewardCache?: string } {
  return cache ? { rewardCache: join(loaded.folder, ".pavlov", "cache", "rewards") } : {};
}

/** What a success is on held-out rows, where the config says. */
export function openSuccessRule({ config, loaded }: OpenedConfig<Config>, rewards: Composite): SuccessRule | undefined {
  const { success } = config.evaluate;
  if (success === undefined) return undefined;
  try {
    return successRule(success, rewards);
  } catch (error) {
    if (!PavlovError.isInstance(error)) throw error;
    throw loaded.error(["evaluate", "success"], error.message, { hint: error.hint, cause: error });
  }
}

/**
 * Checks what only several parts of a config together make wrong.
 * @throws PavlovError that names the line.
 */
export function checkTrainOptions({ config, loaded }: OpenedConfig<Config>, rewards: Composite): void {
  const { train, evalDataset } = config;
  if (train.multiObjectiveAggregation === "normalize_then_sum" && rewards.combine !== undefined) {
    const message =
      "multiObjectiveAggregation: normalize_then_sum normalizes each reward before adding, so it cannot use the " +
      `expression of combine (${rewards.combine}).`;
    const hint = "Give the rewards weights instead of combine, or use multiObjectiveAggregation: sum_then_normalize.";
    throw loaded.error(["train", "multiObjectiveAggregation"], message, { hint });
  }
  if (evalDataset !== undefined) return;
  const hint = "Give held-out rows: evalDataset: { path: <file> }.";
  if (train.evalStrategy !== "no") {
    const message = `evalStrategy: ${train.evalStrategy} evaluates held-out rows, but there is no evalDataset.`;
    throw loaded.error(["train", "evalStrategy"], message, { hint });
  }
  if (train.evalOnStart) {
    const message = "evalOnStart evaluates held-out rows, but there is no evalDataset.";
    throw loaded.error(["train", "evalOnStart"], message, { hint });
  }
}

/** Whether held-out rows are evaluated while the model trains; before and after is the command's own measurement. */
export function evaluatesWithin({ evalStrategy, evalOnStart }: Config["train"]): boolean {
  return evalOnStart || evalStrategy !== "no";
}
